// See cgroup_tree.hh.
#include "libcore/container/cgroup_tree.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"

namespace mincs::container {
namespace {

/// Where the processes go that stand in the way. They stay there: it is not known when they may go
/// back.
constexpr const char* kLeaf = "/mincs-others";

/// Controllers are named as in v1 here.
std::string v2_name(const std::string& controller) {
    return controller == "blkio" ? "io" : controller;
}

/// The group in a line of /proc/PID/cgroup, "ID:CONTROLLERS:PATH" (cgroups(7)); v2 has no
/// controllers there.
std::optional<std::string> path_in_line(const CgroupHierarchy& hierarchy, std::string_view line) {
    const std::size_t begin = line.find(':');
    const std::size_t end = line.find(':', begin + 1);
    if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
    std::string_view controllers = line.substr(begin + 1, end - begin - 1);
    const bool is_v2 = controllers.empty();
    controllers = controllers.substr(0, controllers.find(','));
    const bool is_it =
        hierarchy.v2 ? is_v2 : !is_v2 && has_word(hierarchy.controllers, controllers, ",");
    if (!is_it) return std::nullopt;
    return std::string(line.substr(end + 1));
}

/// As a directory; none where the mount shows another part of the tree, or a namespace ends above.
std::optional<std::string> directory_of(const CgroupHierarchy& hierarchy, std::string path) {
    if (path.starts_with("/..")) return std::nullopt;
    if (hierarchy.root != "/") {
        const bool is_below = path == hierarchy.root || path.starts_with(hierarchy.root + "/");
        if (!is_below) return std::nullopt;
        path.erase(0, hierarchy.root.size());
    }
    return path == "/" ? hierarchy.mount_point : hierarchy.mount_point + path;
}

bool may_write(const std::string& path) {
    return faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

bool may_make_groups_in(const std::string& directory, bool v2) {
    return may_write(directory) && may_write(directory + "/cgroup.procs") &&
           (!v2 || may_write(directory + "/cgroup.subtree_control"));
}

std::string make_leaf(const std::string& base) {
    std::string leaf = base + kLeaf;
    if (mkdir(leaf.c_str(), 0755) == -1 && errno != EEXIST)
        throw SysError(errno, "creating the control group '{}'", leaf);
    return leaf;
}

/// The text of /proc/PID/cgroup; the caller's own where the process is 0 or has ended.
std::string groups_of(pid_t process) {
    try {
        const std::string path = fmt::format("/proc/{}/cgroup", process);
        if (auto text = read_file_if_exists(path); process != 0 && text && !text->empty())
            return *text;
    } catch (const SysError&) {
        // ESRCH while reading
    }
    return read_file_if_exists("/proc/self/cgroup").value_or("");
}

bool has_systemd() {
    return access("/run/systemd/system", F_OK) == 0;
}

/// Of all groups only the topmost may have both processes and controllers for those below, and it
/// alone has no type.
bool is_inner(const std::string& group) {
    return access((group + "/cgroup.type").c_str(), F_OK) == 0;
}

/// 0, or the error.
int try_to_give(const std::string& parent, const std::string& controller) {
    const std::string path = parent + "/cgroup.subtree_control";
    const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return errno;
    const std::string text = "+" + v2_name(controller);
    return write(file.get(), text.data(), text.size()) == -1 ? errno : 0;
}

}  // namespace

bool has_word(std::string_view text, std::string_view word, std::string_view separators) {
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(separators);
        if (text.substr(0, end) == word) return true;
        if (end == std::string_view::npos) return false;
        text.remove_prefix(end + 1);
    }
    return false;
}

std::string read_v2_controllers(const std::string& directory) {
    return read_file_if_exists(directory + "/cgroup.controllers").value_or("");
}

std::vector<CgroupHierarchy> hierarchies_of(const std::vector<fs::MountInfo>& mounts) {
    std::vector<CgroupHierarchy> all;
    for (const fs::MountInfo& mount : mounts)
        if (mount.type == "cgroup" || mount.type == "cgroup2")
            all.push_back(
                {mount.mount_point, mount.type == "cgroup2", mount.root, mount.super_options});
    return all;
}

CgroupHierarchy find_hierarchy(const std::vector<fs::MountInfo>& mounts,
                               const std::string& controller,
                               std::string (*v2_controllers)(const std::string&)) {
    const std::vector<CgroupHierarchy> all = hierarchies_of(mounts);
    for (const CgroupHierarchy& each : all)
        if (!each.v2 && has_word(each.controllers, controller, ",")) return each;
    for (const CgroupHierarchy& each : all)
        if (each.v2 && (controller == kDeviceController ||
                        has_word(v2_controllers(each.mount_point), v2_name(controller), " \n")))
            return each;
    throw Error("setting a limit: no mounted control group hierarchy has the controller '{}'",
                controller);
}

std::optional<std::string> group_in(const CgroupHierarchy& hierarchy,
                                    std::string_view proc_cgroup) {
    while (!proc_cgroup.empty()) {
        const std::size_t end = proc_cgroup.find('\n');
        if (auto path = path_in_line(hierarchy, proc_cgroup.substr(0, end)))
            return directory_of(hierarchy, std::move(*path));
        if (end == std::string_view::npos) break;
        proc_cgroup.remove_prefix(end + 1);
    }
    return std::nullopt;
}

std::optional<std::string> topmost_writable(const CgroupHierarchy& hierarchy,
                                            const std::string& group) {
    for (std::size_t end = hierarchy.mount_point.size();; end = group.find('/', end + 1)) {
        const std::string directory = group.substr(0, end);
        if (may_make_groups_in(directory, hierarchy.v2)) return directory;
        if (end >= group.size()) return std::nullopt;
    }
}

std::optional<std::string> base_of(const CgroupHierarchy& hierarchy, pid_t process) {
    // Root's, without a look at who is where.
    if (may_make_groups_in(hierarchy.mount_point, hierarchy.v2)) return hierarchy.mount_point;
    const auto group = group_in(hierarchy, groups_of(process));
    return group ? topmost_writable(hierarchy, *group) : std::nullopt;
}

std::string get_base(const CgroupHierarchy& hierarchy, pid_t process) {
    if (auto base = base_of(hierarchy, process)) return *base;
    Error error("no control group at '{}' is handed over to this user", hierarchy.mount_point);
    if (hierarchy.v2 && has_systemd())
        error.with_hint("'systemd-run --user --scope -p Delegate=yes COMMAND' runs it in one");
    else
        error.with_hint(
            "limits and pausing take a control group that root has handed over; root needs none");
    throw error;
}

std::string place_for_processes(const std::string& base) {
    const auto given = read_file_if_exists(base + "/cgroup.subtree_control");
    return is_inner(base) && given && given->size() > 1 ? make_leaf(base) : base;
}

void clear_of_processes(const std::string& base) {
    const std::string leaf = make_leaf(base);
    const std::string procs = read_file(base + "/cgroup.procs");
    for (std::size_t begin = 0, end; (end = procs.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        const Fd file(check(open((leaf + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC),
                            "opening '{}'", leaf));
        // Who has ended meanwhile stands in nobody's way.
        if (write(file.get(), &procs[begin], end - begin) == -1 && errno != ESRCH)
            throw SysError(errno, "moving a process to the control group '{}'", leaf);
    }
}

void give_controller(const std::string& base, const std::string& controller) {
    const std::string given = read_file_if_exists(base + "/cgroup.subtree_control").value_or("");
    if (has_word(given, v2_name(controller), " \n")) return;
    if (is_inner(base) && !read_file(base + "/cgroup.procs").empty()) clear_of_processes(base);
    int code = try_to_give(base, controller);
    // Whoever comes in meanwhile is moved the next time.
    for (int tries = 0; code == EBUSY && tries < 10; ++tries) {
        debug("  moving the processes of '{}' to its leaf", base);
        clear_of_processes(base);
        code = try_to_give(base, controller);
    }
    if (code == 0) return;
    if (code != ENOENT || has_word(read_v2_controllers(base), v2_name(controller), " \n"))
        throw SysError(code, "setting a limit: giving the groups of '{}' the controller '{}'", base,
                       v2_name(controller));
    Error error("setting a limit: the controller '{}' is not handed over to '{}'",
                v2_name(controller), base);
    if (has_systemd())
        error.with_hint(
            "as root: 'systemctl edit user@.service', with a section [Service] and the line "
            "'Delegate=cpu cpuset io memory pids'");
    throw error;
}

std::set<std::string> bases_for(pid_t process) {
    std::set<std::string> bases;
    for (const CgroupHierarchy& hierarchy : hierarchies_of(fs::read_mountinfo())) {
        if (auto own = base_of(hierarchy)) bases.insert(*own);
        if (process == 0) continue;
        if (auto its = base_of(hierarchy, process)) bases.insert(*its);
    }
    return bases;
}

}  // namespace mincs::container
