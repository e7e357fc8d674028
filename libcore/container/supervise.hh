// Watching a running container from outside: forwards the caller's signals, relays the terminal,
// and reports how the command ended. Host side.
#pragma once

#include <signal.h>

#include "libcore/base/process.hh"
#include "libcore/container/console.hh"

namespace mincs::container {

/// The signals a caller may send to the container through us (INT, TERM, HUP, QUIT, USR1, USR2,
/// WINCH), blocked and readable from a signalfd(2) while this lives. Made before the clone, so that
/// none is lost in between.
class ForwardedSignals {
 public:
    ForwardedSignals();
    ForwardedSignals(ForwardedSignals&& other) noexcept;
    ForwardedSignals& operator=(ForwardedSignals&&) = delete;
    ~ForwardedSignals();

    int fd() const { return fd_.get(); }
    /// Container side: gives the command the mask the caller had.
    void restore_in_child() const;

 private:
    Fd fd_;
    sigset_t original_;
    bool active_ = true;
};

/// Blocks until the child ends; its exit code, 128+N where signal N ended it. The kernel shields a
/// container's pid 1 from every signal it has no handler for (pid_namespaces(7)); so that ^C and
/// kill do what they do to any command, one that would have ended it ends the container here.
int supervise(Child& child, Console& console, const ForwardedSignals& signals);

}  // namespace mincs::container
