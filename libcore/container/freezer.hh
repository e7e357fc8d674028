// Holding a container still: the control group freezer, v1 (freezer-subsystem.rst) or v2
// (cgroup.freeze, cgroup-v2.rst). A container without limits has no group; it is put into one of
// its own for the time of its pause, and back afterwards. Host side.
#pragma once

#include <sys/types.h>

#include <string>

#include "libcore/container/cgroup_tree.hh"

namespace mincs::container {

class Freezer {
 public:
    /// Throws Error where this machine has no freezer, or none that the caller may use for this
    /// container. `init`: its pid 1, 0 where there is none any more.
    Freezer(const std::string& container_id, pid_t init);

    bool is_frozen() const;
    /// Returns once every process stands still; on failure all go on.
    void freeze() const;
    /// Lets all go on, and puts them back into the groups of the process `home` (0, or one that has
    /// ended: the caller's base). Nothing where nothing is frozen.
    void thaw(pid_t home) const;

 private:
    void choose_base();
    void move_all() const;
    void wait_until_still() const;
    void set_state(bool frozen) const;
    /// The group of `home`, as a directory.
    std::string group_of(pid_t home) const;
    void release_to(const std::string& group) const;

    pid_t init_;
    CgroupHierarchy hierarchy_;
    std::string base_;
    std::string directory_;
    bool is_lasting_ = false;  ///< the container's own group for its limits, which stays
};

/// Whether it is paused, also where this machine has no freezer.
bool is_paused(const std::string& container_id, pid_t init);

}  // namespace mincs::container
