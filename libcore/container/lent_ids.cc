// See lent_ids.hh.
#include "libcore/container/lent_ids.hh"

#include <unistd.h>

#include <charconv>
#include <optional>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/user_namespace.hh"

namespace mincs::container {
namespace {

constexpr std::chrono::seconds kPatience{10};
/// exit_code_of() what a signal ended, and more.
constexpr int kKilled = 128;

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Takes what stands before `separator` off the front.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

/// The host's own passwd, read as a static program can; empty where the user is not in it.
std::string name_of(uid_t uid) {
    const std::string passwd = read_file_if_exists("/etc/passwd").value_or("");
    std::string_view rest = passwd;
    while (!rest.empty()) {
        std::string_view line = take(rest, '\n');
        const std::string_view name = take(line, ':');
        take(line, ':');
        if (number_of(take(line, ':')) == uid) return std::string(name);
    }
    return "";
}

std::vector<SubordinateIds> lent(const char* file, uid_t uid) {
    return subordinate_ids(read_file_if_exists(file).value_or(""), name_of(uid), uid);
}

/// What the mapping process ends with.
enum MapStatus { kMapped = 0, kRefused = 1, kBroken = 2 };

/// The programs that may write such maps, one after the other; `failure` is empty where all went
/// well. One that is not there or says no is a refusal.
MapStatus map_lent_ids(pid_t process, const std::vector<std::string>& users,
                       const std::vector<std::string>& groups, std::string& failure) {
    for (const bool is_user : {true, false}) {
        std::vector<std::string> argv = {is_user ? "newuidmap" : "newgidmap",
                                         std::to_string(process)};
        const auto& map = is_user ? users : groups;
        argv.insert(argv.end(), map.begin(), map.end());
        try {
            const CommandResult result = run_command(argv, "", kPatience);
            if (result.status == 0) continue;
            failure = fmt::format("{} ended with status {}: {}", argv.front(), result.status,
                                  printable(result.errors));
            return result.status < kKilled ? kRefused : kBroken;
        } catch (const SysError& error) {
            failure = error.what();
            return kRefused;
        } catch (const Error& error) {
            failure = error.what();
            return kBroken;
        }
    }
    return kMapped;
}

/// A process outside of the namespace that writes the maps of one inside when told to: only from
/// outside can more than one's own ID be mapped.
class Mapper {
 public:
    Mapper(std::vector<std::string> users, std::vector<std::string> groups)
        : go_(Pipe::make()), answer_(Pipe::make()) {
        const pid_t process = getpid();
        child_ = Child::clone(0, [&]() -> int {
            go_.write_end.reset();
            char byte;
            if (read(go_.read_end.get(), &byte, 1) != 1) return kBroken;  // the namespace failed
            std::string failure;
            const MapStatus status = map_lent_ids(process, users, groups, failure);
            write_all(answer_.write_end.get(), failure, "the answer");
            return status;
        });
        answer_.write_end.reset();
    }

    /// Empty where all went well, else why it was refused. Throws Error where it was neither: with
    /// other IDs than the last time the same files would be another's.
    std::string run() {
        write_all(go_.write_end.get(), "x", "the word to begin");
        std::string answer = read_all(answer_.read_end.get(), kSmallFile, "the answer");
        const int status = exit_code_of(child_.wait());
        if (status != kMapped && status != kRefused)
            throw Error("mapping lent IDs: {}",
                        answer.empty() ? fmt::format("it ended with status {}", status) : answer);
        return answer;
    }

 private:
    Pipe go_;
    Pipe answer_;
    Child child_;
};

}  // namespace

std::vector<SubordinateIds> subordinate_ids(std::string_view text, std::string_view name,
                                            std::uint32_t uid) {
    std::vector<SubordinateIds> found;
    while (!text.empty()) {
        std::string_view line = take(text, '\n');
        const std::string_view owner = take(line, ':');
        const auto first = number_of(take(line, ':'));
        const auto count = number_of(line);
        const bool is_ours = (!name.empty() && owner == name) || number_of(owner) == uid;
        if (is_ours && first && count && *first > 0 && *count > 0)
            found.push_back({*first, *count});
    }
    return found;
}

std::vector<std::string> id_map_arguments(std::uint32_t own,
                                          const std::vector<SubordinateIds>& lent_ids) {
    std::vector<std::string> words = {"0", std::to_string(own), "1"};
    std::uint64_t next = 1;
    for (const SubordinateIds& range : lent_ids) {
        for (const std::uint64_t number :
             {next, std::uint64_t{range.first}, std::uint64_t{range.count}})
            words.push_back(std::to_string(number));
        next += range.count;
    }
    return words;
}

void become_root_of_user_namespace() {
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    const auto users = lent("/etc/subuid", uid), groups = lent("/etc/subgid", uid);
    if (users.empty() || groups.empty()) {
        debug("no IDs are lent to user {}: its own is the only one", uid);
        unshare_user_namespace();
        map_own_ids(0, uid, 0, gid);
    } else {
        Mapper mapper(id_map_arguments(uid, users), id_map_arguments(gid, groups));
        unshare_user_namespace();
        if (const std::string failure = mapper.run(); !failure.empty()) {
            if (!read_file("/proc/self/uid_map").empty())
                throw Error("mapping the IDs lent to user {}: {}", uid, failure);
            debug("mapping the IDs lent to user {}: {}, doing without", uid, failure);
            map_own_ids(0, uid, 0, gid);
        }
    }
    check(setresgid(0, 0, 0), "becoming root's group of a user namespace");
    check(setresuid(0, 0, 0), "becoming root of a user namespace");
}

}  // namespace mincs::container
