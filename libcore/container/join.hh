// One more command in a container that runs: joins its namespaces and control groups and takes its
// limits upon itself. Before that the program must be a sealed copy (own_program.hh).
#pragma once

#include <linux/filter.h>

#include <optional>

#include "libcore/base/process.hh"
#include "libcore/container/child.hh"
#include "libcore/container/console.hh"
#include "libcore/container/spec.hh"
#include "libcore/container/supervise.hh"

namespace mincs::container {

/// Which container, and what is to run in it.
struct JoinRequest {
    Fd pidfd;                                ///< of its pid 1, or another process of it
    pid_t init = 0;                          ///< its number
    ContainerSpec spec;                      ///< its own; spec.process is what is to run
    std::vector<sock_filter> filter;         ///< as StartOptions::filter
    std::string user;                        ///< looked up inside; empty: spec.process.user
    bool sets_home = false;                  ///< HOME becomes that user's
    bool has_input = false;                  ///< the command may read our stdin
    std::optional<StandardStreams> streams;  ///< as StartOptions::streams
    /// The caller's, who watches the command; none: wait() has its own.
    const ForwardedSignals* signals = nullptr;
};

/// A command that was started in a container. Killed and reaped when it goes, unless wait() was
/// called. Host side.
class JoinedCommand {
 public:
    /// Returns once the command runs. Throws what failed in the child: Error with the child's text,
    /// UsageError where there is no such user, CommandError where the command could not be started.
    static JoinedCommand start(const JoinRequest& request);

    /// Relays the terminal and forwards signals until the command ends; its exit code, 128+N for
    /// signal N.
    int wait();
    /// Instead of waiting, as RunningContainer::watch().
    WatchedCommand watch();

 private:
    JoinedCommand() = default;
    std::optional<ForwardedSignals> signals_;
    std::optional<Console> console_;
    Child keeper_;  ///< answers the chown(2) of a command that has one user only
    Child child_;
};

}  // namespace mincs::container
