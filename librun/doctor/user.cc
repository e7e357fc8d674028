// What somebody may do here: user namespaces, lent IDs, control groups.
#include <unistd.h>

#include <sstream>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/container/cgroup.hh"
#include "libcore/container/lent_ids.hh"
#include "libcore/container/user_namespace.hh"
#include "librun/doctor/check.hh"

namespace mincs::run::doctor {
namespace {

bool is_root() {
    return geteuid() == 0;
}

bool says(const char* path, std::string_view text) {
    const auto value = read_file_if_exists(path);
    return value && value->starts_with(text);
}

/// By which of its switches it is forbidden.
std::string remedy_for_user_namespaces() {
    if (says("/proc/sys/user/max_user_namespaces", "0\n"))
        return "'sysctl user.max_user_namespaces=10000', as root";
    if (says("/proc/sys/kernel/unprivileged_userns_clone", "0"))
        return "'sysctl kernel.unprivileged_userns_clone=1', as root";
    if (says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
        return "'sysctl kernel.apparmor_restrict_unprivileged_userns=0', as root, or an AppArmor "
               "profile that allows userns";
    return "a seccomp filter or a security module around this process forbids them";
}

Finding check_user_namespaces() {
    Finding finding = {"user namespaces", State::kOk,
                       is_root() ? "which root does not need, but ordinary users do"
                                 : "in which an ordinary user is root"};
    finding.is_essential = !is_root();
    const std::string failure = try_as_caller([] { container::enter_user_namespace(0, 0); });
    if (!failure.empty()) {
        finding.state = State::kMissing;
        finding.meaning = failure;
        finding.remedy = remedy_for_user_namespaces();
    }
    return finding;
}

/// How many IDs the map of this process has.
std::uint64_t mapped_ids() {
    std::istringstream map(read_file("/proc/self/uid_map"));
    std::uint64_t sum = 0;
    for (std::uint64_t inside, outside, count; map >> inside >> outside >> count;) sum += count;
    return sum;
}

Finding check_lent_ids() {
    if (is_root()) return {"lent IDs", State::kOk, "root needs none"};
    Finding finding = {"lent IDs", State::kOk, "files of an image belong to whom it says"};
    const std::string failure = try_as_caller([] {
        container::become_root_of_user_namespace();
        if (mapped_ids() <= 1) throw Error("none");
    });
    if (!failure.empty()) {
        finding.state = State::kLimited;
        finding.meaning =
            "none: all files of an image are the caller's, and its users cannot be used";
        finding.remedy = fmt::format(
            "as root: 'apt install uidmap' and 'usermod --add-subuids 100000-165535 --add-subgids "
            "100000-165535' for user {}",
            geteuid());
    }
    return finding;
}

std::string cgroup_mode() {
    bool v1 = false, v2 = false;
    for (const fs::MountInfo& mount : fs::read_mountinfo()) {
        v1 |= mount.type == "cgroup";
        v2 |= mount.type == "cgroup2";
    }
    return v1 && v2 ? "v1 and v2 beside each other" : v1 ? "v1" : v2 ? "v2" : "none";
}

/// Which controllers the caller has groups of his own for, in the words of v2.
std::string handed_over() {
    std::string names;
    const std::vector<fs::MountInfo> mounts = fs::read_mountinfo();
    for (const std::string name : {"cpu", "cpuset", "io", "memory", "pids"}) {
        const std::string in_v1 = name == "io" ? "blkio" : name;
        for (const container::CgroupHierarchy& each : container::hierarchies_of(mounts)) {
            const auto base = container::base_of(each);
            const bool is_there =
                base && container::has_word(
                            each.v2 ? container::read_v2_controllers(*base) : each.controllers,
                            each.v2 ? name : in_v1, each.v2 ? " \n" : ",");
            if (is_there) names += (names.empty() ? "" : ", ") + name;
        }
    }
    return names;
}

std::string what_can_be_limited() {
    return is_root() ? "memory, CPU and processes can be limited"
                     : "handed over to this user: " + handed_over();
}

constexpr const char* kScope =
    "'systemd-run --user --scope -p Delegate=yes COMMAND', where a systemd runs for this user; "
    "else root hands over a group: 'chown USER' of its directory and cgroup.* files";

/// Makes a group with limits, and removes it.
Finding check_cgroups() {
    Finding finding = {"control groups", State::kOk,
                       fmt::format("{}; {}", cgroup_mode(), what_can_be_limited())};
    const std::string failure = try_as_caller([] {
        container::Resources limits;
        limits.memory_limit = std::int64_t{1} << 30;
        limits.cpu_shares = 512;
        limits.pids_limit = 1000;
        const container::Cgroup group(limits, fmt::format("doctor-{}", getpid()));
    });
    if (!failure.empty()) {
        finding.state = State::kLimited;
        finding.meaning = fmt::format("{}; no limits: {}", cgroup_mode(), failure);
        finding.remedy =
            is_root() ? "a host with control groups mounted writable at /sys/fs/cgroup" : kScope;
    }
    return finding;
}

}  // namespace

std::vector<Finding> user_checks() {
    return {check_user_namespaces(), check_lent_ids(), check_cgroups()};
}

}  // namespace mincs::run::doctor
