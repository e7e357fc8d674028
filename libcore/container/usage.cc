// See usage.hh.
#include "libcore/container/usage.hh"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "libcore/base/files.hh"
#include "libcore/container/cgroup.hh"
#include "libcore/container/processes.hh"

namespace mincs::container {
namespace {

/// A process that has ended meanwhile has no such file, or an empty one.
std::string read_of(pid_t pid, const char* file) {
    try {
        return read_file_if_exists(fmt::format("/proc/{}/{}", pid, file)).value_or("");
    } catch (const SysError&) {
        return "";  // ESRCH while reading
    }
}

std::int64_t number_at(std::string_view text) {
    const std::size_t begin = text.find_first_of("0123456789");
    std::int64_t number = 0;
    if (begin != std::string_view::npos)
        std::from_chars(text.data() + begin, text.data() + text.size(), number);
    return number;
}

/// What stands behind "NAME:" in a file of such lines.
std::string_view field(std::string_view text, std::string_view name) {
    const std::string start = fmt::format("\n{}:", name);
    const std::size_t at = text.find(start);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + start.size());
    return rest.substr(0, rest.find('\n'));
}

/// The numbers behind the name in /proc/PID/stat, which may itself have blanks: [0] is field 4.
std::vector<std::int64_t> stat_numbers(std::string_view stat) {
    std::vector<std::int64_t> numbers;
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string_view::npos || stat.size() < name_end + 5) return numbers;
    stat.remove_prefix(name_end + 4);
    while (!stat.empty()) {
        const std::size_t end = std::min(stat.find(' '), stat.size());
        numbers.push_back(number_at(stat.substr(0, end)));
        stat.remove_prefix(std::min(end + 1, stat.size()));
    }
    return numbers;
}

std::string command_of(pid_t pid, std::string_view status) {
    std::string words = read_of(pid, "cmdline");
    while (!words.empty() && words.back() == '\0') words.pop_back();
    std::replace(words.begin(), words.end(), '\0', ' ');
    if (!words.empty()) return words;
    constexpr std::string_view kName = "Name:\t";
    return fmt::format("[{}]", status.substr(kName.size(), status.find('\n') - kName.size()));
}

std::optional<ProcessUsage> usage_of_process(pid_t pid) {
    const std::string status = read_of(pid, "status"), stat = read_of(pid, "stat");
    const std::vector<std::int64_t> numbers = stat_numbers(stat);
    constexpr std::size_t kUserTime = 14 - 4, kChildrenSystem = 17 - 4;
    if (status.empty() || numbers.size() <= kChildrenSystem) return std::nullopt;
    const std::int64_t tick_usec = 1000000 / sysconf(_SC_CLK_TCK);
    ProcessUsage usage;
    usage.pid = pid;
    const std::string_view inside = field(status, "NSpid");
    usage.pid_inside =
        static_cast<pid_t>(number_at(inside.substr(std::min(inside.rfind('\t'), inside.size()))));
    usage.parent = static_cast<pid_t>(numbers[0]);
    usage.uid = static_cast<uid_t>(number_at(field(status, "Uid")));
    usage.state = stat[stat.rfind(')') + 2];
    usage.threads = number_at(field(status, "Threads"));
    usage.resident = number_at(field(status, "VmRSS")) << 10;
    usage.cpu_usec = (numbers[kUserTime] + numbers[kUserTime + 1]) * tick_usec;
    usage.children_usec = (numbers[kUserTime + 2] + numbers[kChildrenSystem]) * tick_usec;
    usage.command = command_of(pid, status);
    return usage;
}

/// A file of the first of these groups that has one of these names: v1's and v2's.
std::optional<std::string> read_group_file(const std::vector<std::string>& groups,
                                           std::initializer_list<const char*> names) {
    for (const char* name : names)
        for (const std::string& group : groups)
            if (auto text = read_file_if_exists(group + "/" + name)) return text;
    return std::nullopt;
}

/// Each page that several processes share is counted in parts (proc(5), smaps_rollup).
std::int64_t proportional_memory(pid_t pid) {
    return number_at(field(read_of(pid, "smaps_rollup"), "Pss")) << 10;
}

std::optional<std::int64_t> memory_limit(const std::vector<std::string>& groups) {
    const auto text = read_group_file(groups, {"memory.limit_in_bytes", "memory.max"});
    constexpr std::int64_t kNone = std::int64_t{1} << 60;  // v1's way to say so; v2 says "max"
    const std::int64_t limit = text ? number_at(*text) : 0;
    if (limit > 0 && limit < kNone) return limit;
    return std::nullopt;
}

}  // namespace

std::vector<ProcessUsage> usage_of_processes(pid_t init) {
    std::vector<ProcessUsage> all;
    for (const pid_t pid : processes_of(init))
        if (auto usage = usage_of_process(pid)) all.push_back(std::move(*usage));
    return all;
}

ContainerUsage usage_of_container(pid_t init, const std::string& container_id) {
    ContainerUsage usage;
    for (const ProcessUsage& process : usage_of_processes(init)) {
        // What ended is in its parent's sum, so nothing is lost and nothing counted twice.
        usage.cpu_usec += process.cpu_usec + process.children_usec;
        usage.memory += proportional_memory(process.pid);
        usage.processes += 1;
        usage.threads += process.threads;
    }
    const std::vector<std::string> groups = group_directories(container_id, init);
    usage.memory_limit = memory_limit(groups);
    const auto charged = read_group_file(groups, {"memory.usage_in_bytes", "memory.current"});
    if (charged) usage.memory = number_at(*charged);
    return usage;
}

}  // namespace mincs::container
