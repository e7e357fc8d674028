// Watches a command by seccomp user notification (seccomp_unotify(2)): every call of path_calls.hh
// stops the caller until the supervisor, a thread here, has read the path and lets the kernel go on
// with the call (SECCOMP_USER_NOTIF_FLAG_CONTINUE). The answer is never ours. Where this cannot be
// had, ptrace_tracer does the same more slowly.
#pragma once

#include <linux/seccomp.h>

#include <exception>
#include <functional>
#include <thread>

#include "libcore/base/fd.hh"
#include "tools/polecat/observer.hh"

namespace mincs::polecat {

/// A caller that is answered goes on where its supervisor runs, and a supervisor wakes where its
/// caller is, which halves the price of a notification. Nothing happens before Linux 6.6.
void wake_callers_here(int listener);

/// The supervisor of one command and all its descendants. Owns the listener.
class NotifyTracer {
 public:
    /// Starts the thread. Whoever starts processes by clone does that before. `on_listener` is
    /// called, in the thread, when a watched process is about to install a seccomp listener of its
    /// own, which fails (EBUSY) as long as this one is there.
    explicit NotifyTracer(Fd listener, std::function<void()> on_listener = {});
    NotifyTracer(const NotifyTracer&) = delete;
    NotifyTracer& operator=(const NotifyTracer&) = delete;
    ~NotifyTracer();

    /// Ends when the last watched process has ended or, failing that, as soon as no call waits for
    /// an answer. Call once, after the command was waited for. Throws what stopped the thread too
    /// early.
    Trace finish();

 private:
    void run();
    void supervise();
    void answer(const seccomp_notif& call);
    void stop() noexcept;

    Fd listener_;
    Fd stop_;  // eventfd
    std::function<void()> on_listener_;
    Observer observer_;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace mincs::polecat
