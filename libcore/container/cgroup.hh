// Limits (MINCS's minc-cage) by control groups: v1, v2 or both beside each other (a hybrid host),
// found in mountinfo and never by a fixed path (cgroups(7); kernel
// Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libcore/base/fd.hh"
#include "libcore/container/spec.hh"
#include "libcore/fs/mount.hh"

namespace mincs::container {

/// One control file to write: which controller it belongs to, its name there, and the value.
struct CgroupSetting {
    std::string controller;
    std::string file;
    std::string value;
};

/// Where a controller is mounted, and in which dialect it speaks.
struct CgroupHierarchy {
    std::string mount_point;
    bool v2 = false;
};
/// Throws Error where no hierarchy has `controller` ("memory"), as a limit must never be ignored.
/// `v2_controllers(mount point)` returns the words of cgroup.controllers there.
CgroupHierarchy find_hierarchy(const std::vector<fs::MountInfo>& mounts,
                               const std::string& controller,
                               std::string (*v2_controllers)(const std::string&));

/// What to write for these limits in the dialect of each controller's hierarchy.
std::vector<CgroupSetting> settings_for(const Resources& resources, const std::string& controller,
                                        bool v2);

/// The directories of those groups that a container has here, in whatever hierarchies.
std::vector<std::string> group_directories(const std::string& container_id);

/// The IDs of all containers that have groups here, whosever they are.
std::set<std::string> containers_with_groups();

/// The groups of one container, one directory a hierarchy: made with the limits set, removed when
/// the owner goes.
class Cgroup {
 public:
    /// No limits: no group. Throws Error, and leaves nothing, where one of them cannot be kept.
    /// Host side.
    Cgroup(const Resources& resources, const std::string& container_id);
    /// Those of a container that runs, to be joined; whoever made them removes them.
    static Cgroup of_running(const std::string& container_id);
    /// Removes what a killed supervisor of a container that has ended left.
    static void remove_left(const std::string& container_id);
    Cgroup(Cgroup&&) = default;
    Cgroup& operator=(Cgroup&&) = delete;
    ~Cgroup();

    bool empty() const { return groups_.empty(); }
    /// Container side, as the first thing after the clone: the limits hold from here on.
    void join() const;

 private:
    Cgroup() = default;
    struct Group {
        std::string directory;
        Fd procs;
    };
    void add_group(const CgroupHierarchy& hierarchy, const std::string& controller,
                   const std::string& container_id);
    std::vector<Group> groups_;
    bool is_mine_ = true;
};

}  // namespace mincs::container
