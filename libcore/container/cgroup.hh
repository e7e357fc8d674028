// Limits (MINCS's minc-cage) by control groups: v1, v2 or both beside each other (a hybrid host),
// in that part of their trees which is the caller's (cgroup_tree.hh; cgroups(7); kernel
// Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libcore/base/fd.hh"
#include "libcore/container/cgroup_tree.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {

/// One control file to write: which controller it belongs to, its name there, and the value.
struct CgroupSetting {
    std::string controller;
    std::string file;
    std::string value;
};

/// What to write for these limits in the dialect of each controller's hierarchy.
std::vector<CgroupSetting> settings_for(const Resources& resources, const std::string& controller,
                                        bool v2);

/// The directories of those groups that a container has here, in whatever hierarchies. `process`:
/// one of its, as its user may have begun it elsewhere in the tree; 0 where none runs.
std::vector<std::string> group_directories(const std::string& container_id, pid_t process);

/// The IDs of all containers that have groups where the caller may make some, whosever they are.
std::set<std::string> containers_with_groups();

/// The groups of one container, one directory a hierarchy: made with the limits set, removed when
/// the owner goes.
class Cgroup {
 public:
    /// No limits: no group. Throws Error, and leaves nothing, where one of them cannot be kept.
    /// Host side.
    Cgroup(const Resources& resources, const std::string& container_id);
    /// Those of a container that runs, to be joined; whoever made them removes them.
    static Cgroup of_running(const std::string& container_id, pid_t process);
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
