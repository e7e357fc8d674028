// Holding a container still: the control group freezer, v1 (freezer-subsystem.rst) or v2
// (cgroup.freeze, cgroup-v2.rst). A container without limits has no group; it is put into one of
// its own for the time of its pause, and back afterwards. Host side.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace mincs::container {

class Freezer {
 public:
    /// Throws Error where this machine has no freezer.
    explicit Freezer(std::string container_id);

    bool is_frozen() const;
    /// Returns once every process stands still; on failure all go on. `init`: the container's
    /// pid 1.
    void freeze(pid_t init) const;
    /// Lets all go on, and puts them back into the groups of the process `home` (0, or one that has
    /// ended: the root group). Nothing where nothing is frozen.
    void thaw(pid_t home) const;

 private:
    void move_all(pid_t init) const;
    void wait_until_still() const;
    void set_state(bool frozen) const;
    /// The group of `home`, as a directory.
    std::string group_of(pid_t home) const;

    std::string mount_point_;
    std::string directory_;
    bool is_v2_ = false;
    bool is_lasting_ = false;  ///< the container's own group for its limits, which stays
};

/// Whether it is paused, also where this machine has no freezer.
bool is_paused(const std::string& container_id);

}  // namespace mincs::container
