// Watching a container that runs in the background: what its command prints goes to the log, and to
// whoever is attached. Host side, in the supervisor's own process.
#pragma once

#include "libcore/base/process.hh"
#include "libcore/container/log_file.hh"
#include "libcore/container/supervise.hh"

namespace mincs::container {

/// What the supervisor holds of the command's streams, and where they go.
struct DetachedStreams {
    LogFile log;
    Fd out;  ///< read ends of the pipes that are its stdout and stderr, unless it has a terminal
    Fd err;
    Fd terminal;  ///< the terminal's master, if it has one
    Fd listener;  ///< where clients attach to the terminal (attach.hh)
};

/// Blocks until the child, a container's pid 1, ends; its exit code, as CommandSignals::finish().
int supervise_detached(Child& child, DetachedStreams streams, const ForwardedSignals& signals);

}  // namespace mincs::container
