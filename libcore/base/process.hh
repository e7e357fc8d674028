// Processes: a child owned by its pidfd, wait statuses as shells count them, and running a helper
// program.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs {

/// The wait status of waitpid(2) as a shell's $?: the exit code, or 128+N for death by signal N.
int exit_code_of(int wait_status);

/// Owns a child process: kills (SIGKILL) and reaps it when it goes, unless it has been waited for.
class Child {
 public:
    Child() = default;
    Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    ~Child();

    /// clone3(2) with `flags` (CLONE_NEW*, CLONE_INTO_CGROUP …) plus CLONE_PIDFD; the child runs
    /// `body`, which must not return normally or throw past it: its result is the exit status. No
    /// threads may run.
    static Child clone(std::uint64_t flags, const std::function<int()>& body, int cgroup_fd = -1);

    /// The same in our own memory, as vfork(2): returns once the child has exec'ed or ended, and
    /// spares the copying of our memory. What `body` changes stays changed, but for descriptors,
    /// credentials, signals and the like, of which it has its own; it must not close what an Fd of
    /// ours holds but by close(2).
    static Child vfork(std::uint64_t flags, const std::function<int()>& body);

    pid_t pid() const { return pid_; }
    /// Readable (poll) once the child has ended.
    int pidfd() const { return pidfd_.get(); }
    /// By pidfd, so never to somebody who got the number later. A child that ended is no error.
    void send_signal(int signal) const;
    /// Blocks; the raw wait status. Call once.
    int wait();
    /// It lives on without us: neither killed nor reaped.
    void release() { pid_ = -1; }

 private:
    void kill_and_reap() noexcept;
    pid_t pid_ = -1;
    Fd pidfd_;
};

/// When a process started, in clock ticks since boot (proc(5), stat, field 22): with it a number
/// that was written down is never mistaken for another process's. Nothing where there is no such
/// process.
std::optional<std::int64_t> process_start_time(pid_t pid);

/// A pidfd of the process with this number and start time; none where it has ended.
Fd open_process(pid_t pid, std::int64_t start_time);

/// By pidfd. False where the process has ended.
bool send_signal(const Fd& pidfd, int signal);

/// Closes every descriptor but the standard three and `kept`, where -1 stands for none.
void close_descriptors_but(std::vector<int> kept);

struct CommandResult {
    int status = 0;  ///< as exit_code_of()
    std::string output;
    std::string errors;
};

/// Runs `argv` (argv[0] looked up in PATH, no shell) with `input` on stdin and collects stdout and
/// stderr, 1 MiB each at most. Throws Error where it cannot be started (127/126 told apart by the
/// message), says more than that, or runs past `timeout` (it is killed then).
CommandResult run_command(const std::vector<std::string>& argv, std::string_view input,
                          std::chrono::milliseconds timeout);

}  // namespace mincs
