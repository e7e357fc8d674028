// Where on this machine control groups may be made: the hierarchies that are mounted (v1, v2, or
// both beside each other), found in mountinfo and never by a fixed path, and in each the *base* of
// the caller. Root's is the top. An ordinary user's is the topmost group above his own that he may
// write: what systemd's Delegate=, or a chown(1), handed over (cgroup-v2.rst, Delegation).
#pragma once

#include <sys/types.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/mount.hh"

namespace mincs::container {

/// Where a controller is mounted, and in which dialect it speaks.
struct CgroupHierarchy {
    std::string mount_point;
    bool v2 = false;
    std::string root = "/";   ///< which group the mount point shows
    std::string controllers;  ///< v1: among other words, "rw,cpu,cpuacct"
};

/// Those of these mounts, in their order.
std::vector<CgroupHierarchy> hierarchies_of(const std::vector<fs::MountInfo>& mounts);

/// Throws Error where no hierarchy has `controller` ("memory"), as a limit must never be ignored.
/// `v2_controllers(mount point)` returns the words of cgroup.controllers there.
CgroupHierarchy find_hierarchy(const std::vector<fs::MountInfo>& mounts,
                               const std::string& controller,
                               std::string (*v2_controllers)(const std::string&));
std::string read_v2_controllers(const std::string& directory);

/// In v2 it is no controller, but a program that every hierarchy takes (device_filter.hh).
inline constexpr const char* kDeviceController = "devices";

/// The directory of the group that this text of /proc/PID/cgroup names; none where the mount does
/// not show it.
std::optional<std::string> group_in(const CgroupHierarchy& hierarchy, std::string_view proc_cgroup);

/// The topmost directory, from the mount point down to `group`, in which groups may be made and
/// processes put into them.
std::optional<std::string> topmost_writable(const CgroupHierarchy& hierarchy,
                                            const std::string& group);

/// The base for a process, as the caller may write: his own groups' (0), or those of `process`,
/// if that still runs.
std::optional<std::string> base_of(const CgroupHierarchy& hierarchy, pid_t process = 0);
/// The same; throws Error with the remedy where there is none.
std::string get_base(const CgroupHierarchy& hierarchy, pid_t process = 0);

/// Gives the groups below `base` a v2 controller. Processes that `base` holds itself go to a leaf
/// of it: the kernel refuses some controllers then (cgroup-v2.rst, No Internal Process Constraint),
/// and with the others the groups below could hold threads only (Threads).
void give_controller(const std::string& base, const std::string& controller);
/// Moves all processes of `base` into its leaf.
void clear_of_processes(const std::string& base);
/// `base`, or its leaf where the kernel lets no process into `base` itself.
std::string place_for_processes(const std::string& base);

/// The bases of the caller in all hierarchies, and those of a container's process (0: none).
std::set<std::string> bases_for(pid_t process);

bool has_word(std::string_view text, std::string_view word, std::string_view separators);

}  // namespace mincs::container
