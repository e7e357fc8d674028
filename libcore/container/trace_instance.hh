// A buffer of the kernel's tracing of a container's own: an "instance" of tracefs (kernel
// Documentation/trace/ftrace.rst, Instances), so that what the host traces stays as it is. Host
// side.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs::container {

/// Made for one container, removed with this object. Whoever is killed leaves it: remove_left().
class TraceInstance {
 public:
    /// Throws Error where the kernel has no tracing or does not let us.
    explicit TraceInstance(const std::string& container_id);
    TraceInstance(TraceInstance&&) = default;
    ~TraceInstance();

    /// Its directory, with "events", "trace", "tracing_on" and so on.
    int directory() const { return directory_.get(); }
    /// Only this process (as the host numbers it) and those that it makes are traced from now on.
    void follow(pid_t pid) const;
    /// Stops, and writes what was traced as text to `output`.
    void write_to(int output, std::string_view what) const;

    /// Containers for which there is one, whoever made it; none where there is no tracing.
    static std::vector<std::string> containers();
    static void remove_left(const std::string& container_id);

 private:
    Fd instances_;  ///< the directory they are made in
    std::string name_;
    Fd directory_;
};

}  // namespace mincs::container
