// SIGINT, SIGTERM and SIGHUP as a wish: the work looks at it between two steps, throws, and its
// owners clean up behind it. The same signal a second time ends the process at once; the next
// command's sweep cleans up then.
#pragma once

#include <atomic>
#include <string>

namespace mincs::marten {

class StopSignals {
 public:
    /// Installs the handlers. One at a time in a process.
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    /// Restores what was before.
    ~StopSignals();

    /// The signal that came; 0: none.
    int signal() const;
    /// "SIGINT"
    std::string name() const;
    /// True once a signal came or request() was called: what transfers and threads look at.
    const std::atomic<bool>& flag() const;
    /// The work has failed elsewhere: all of it is to stop. Thread-safe.
    void request() const;
    /// Throws Error once flag() is true.
    void check() const;
};

}  // namespace mincs::marten
