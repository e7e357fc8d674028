// A container's birth: the one list of steps from a ContainerSpec to the running command, and the
// running container as a value. docs/architecture.md tells the same story in prose.
#pragma once

#include <linux/filter.h>

#include <functional>
#include <optional>
#include <span>

#include "libcore/base/process.hh"
#include "libcore/container/cgroup.hh"
#include "libcore/container/child.hh"
#include "libcore/container/command_error.hh"
#include "libcore/container/console.hh"
#include "libcore/container/detached.hh"
#include "libcore/container/spec.hh"
#include "libcore/container/supervise.hh"

namespace mincs::container {

/// How a container runs programs for another machine; emulation.hh makes it. Both -1: not, or as
/// the host does.
struct ForeignPrograms {
    int table = -1;           ///< of binary formats, to be mounted in the container
    int user_namespace = -1;  ///< to which that belongs, and which the command enters
};

struct StartOptions {
    /// What compile_filter_of() made of the spec (seccomp_compiler.hh); empty: the filter that was
    /// compiled with this program.
    std::span<const sock_filter> filter = {};
    /// A second seccomp program for watching the command (polecat): installed as the last thing
    /// before exec with SECCOMP_FILTER_FLAG_NEW_LISTENER (seccomp_unotify(2)). It must allow
    /// sendmsg and answer nothing itself.
    std::span<const sock_filter> notify_filter = {};
    /// Where the listener's descriptor is put, if notify_filter is set. Whoever asks must start
    /// answering before wait(), else the command's execve waits for ever; start() itself does not
    /// wait for the exec then, unless the program lets that pass without asking.
    Fd* listener = nullptr;
    bool asks_about_exec = true;
    /// The same without a listener: a program whose SECCOMP_RET_TRACE a tracer of before_command
    /// answers (ptrace(2)).
    std::span<const sock_filter> trace_filter = {};
    /// Is told what the caller typed into the container's terminal, as it is handed in.
    std::function<void(std::string_view)> on_typed = {};
    /// A network namespace that the container joins, in the place of a new one; -1: none.
    int network = -1;
    /// What Emulation made of spec.linux.emulator.
    ForeignPrograms foreign = {};
    /// Called by start() when the child has its namespaces and nothing else yet, with its number.
    std::function<void(pid_t)> cloned = {};
    /// Called by start() when the container is there, with its pid 1's number, while the command
    /// waits. What it throws ends the container.
    std::function<void(pid_t)> before_command = {};
    /// What becomes the command's stdin, stdout and stderr, unless it has a terminal; else this
    /// process's own.
    std::optional<StandardStreams> streams = {};
    /// The pidfd of a process that the container cannot live without (it serves its files): with
    /// that process wait() ends the container.
    int lifeline = -1;
};

/// A started container. Killed and reaped when it goes, unless wait() was called. Host side.
class RunningContainer {
 public:
    /// Clones, sets up, execs. Returns once the command runs (see StartOptions::listener). Throws
    /// what failed in the child: Error with the child's text; CommandError where the command could
    /// not be started.
    static RunningContainer start(const ContainerSpec& spec, const StartOptions& options = {});

    /// Pid 1 of the container as the host numbers it.
    pid_t pid() const { return child_.pid(); }
    /// Relays the terminal and forwards signals until the command ends; its exit code, 128+N for
    /// signal N. `once_it_stays` is called when it is clear that this is no short command: after
    /// kShortCommand.
    int wait(std::function<void()> once_it_stays = {});
    /// The same for one in the background, whose streams are a log's. The terminal's master is
    /// added to `streams`.
    int wait_detached(DetachedStreams streams);
    /// Instead of waiting.
    WatchedCommand watch();
    const ForwardedSignals& signals() const { return signals_; }
    /// A process that serves this container; goes with it.
    void accompany(Child helper) { helper_ = std::move(helper); }

 private:
    RunningContainer(Cgroup cgroup, ForwardedSignals signals)
        : cgroup_(std::move(cgroup)), signals_(std::move(signals)) {}
    void throw_if_set_up_failed();

    Cgroup cgroup_;  // goes after the child
    ForwardedSignals signals_;
    std::optional<Console> console_;
    Fd errors_;
    int lifeline_ = -1;
    Child helper_;
    Child child_;
};

}  // namespace mincs::container
