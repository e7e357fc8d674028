// Containers that run, held by descriptors, so that what is sent to them or waited for is never
// another's: processes by pidfd, the run's end by the lock file that the supervisor holds.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "db/containers.hh"
#include "libcore/base/process.hh"
#include "libcore/container/spec.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// The end of a container's run, which shows in its lock file; still readable when the container
/// has been removed meanwhile.
class RunEnd {
 public:
    RunEnd(const db::Store& store, const db::Container& container);

    /// Blocks until no supervisor holds the container; throws Error once `stop` wants to.
    void wait(const StopSignals& stop) const;
    /// The same for so long at most; false: it still runs.
    bool wait_for(std::chrono::milliseconds time, const StopSignals& stop) const;
    /// What its record says now.
    std::optional<db::RunRecord> record() const;

 private:
    Fd lock_file_;
};

struct RunningContainer {
    db::Container container;
    Fd init;        ///< pidfd of its pid 1
    Fd supervisor;  ///< pidfd of the process that watches it
    RunEnd end;

    /// As `kill` to any process: what the supervisor forwards goes through it, as the kernel
    /// shields a pid 1; the rest straight to pid 1. A container that has ended is no error.
    void send(int signal) const;
};

/// Nothing where it does not run. Waits a moment for one that starts just now.
std::optional<RunningContainer> find_running(db::Store& store, const db::Container& container);
/// Error where it does not run.
RunningContainer get_running(db::Store& store, std::string_view typed);

/// A process of a container's, to look into and to join by.
struct VisibleProcess {
    pid_t pid;
    Fd pidfd;
};
/// Pid 1; for an ordinary user, to whom one of ours is hidden as to the container (init.hh), the
/// first that it started. Throws Error where the container has ended meanwhile.
VisibleProcess visible_process(const RunningContainer& running,
                               const container::ContainerSpec& spec);

/// "TERM", "SIGTERM", "15", "RTMIN+3". Throws UsageError.
int parse_signal(std::string_view text);

/// "running", "paused", "exited 3", "exited" (its supervisor was killed) or "created" (it never
/// ran).
std::string state_of(const db::Container& container);

/// The containers that these words mean, before anything is done to the first of them.
std::vector<db::Container> get_containers(db::Store& store, const std::vector<std::string>& typed);

}  // namespace mincs::marten
