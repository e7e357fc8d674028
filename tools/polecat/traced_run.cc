// See traced_run.hh.
#include "tools/polecat/traced_run.hh"

#include <linux/seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "libcore/base/log.hh"
#include "libcore/container/seccomp.hh"
#include "tools/polecat/notify_tracer.hh"
#include "tools/polecat/path_calls.hh"
#include "tools/polecat/ptrace_tracer.hh"

namespace mincs::polecat {
namespace {

constexpr std::chrono::seconds kGrace{2};

/// Ends a process when its time is up: asks (SIGTERM), then kills. By pidfd, so never somebody
/// else.
class Stopper {
 public:
    Stopper(pid_t pid, std::chrono::milliseconds timeout)
        : process_(
              check(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "opening process {}", pid)),
          thread_([this, timeout](const std::stop_token& token) { run(token, timeout); }) {}

    bool fired() const { return fired_; }

 private:
    /// True if the time passed and nobody asked us to end.
    bool wait(const std::stop_token& token, std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, token, time, [&] { return token.stop_requested(); });
    }

    void run(const std::stop_token& token, std::chrono::milliseconds timeout) {
        if (!wait(token, timeout)) return;
        fired_ = true;
        debug("time is up: SIGTERM");
        send(SIGTERM);
        if (!wait(token, kGrace)) return;
        debug("still there: SIGKILL");
        send(SIGKILL);
    }

    void send(int signal) const {
        syscall(SYS_pidfd_send_signal, process_.get(), signal, nullptr, 0);  // gone already: fine
    }

    Fd process_;
    std::atomic<bool> fired_ = false;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::jthread thread_;  // last: ends before what it uses goes
};

container::StartOptions start_options(const RunOptions& options) {
    container::StartOptions start;
    start.filter = options.filter;
    start.on_typed = options.on_typed;
    start.streams = options.streams;
    return start;
}

/// The run is there: waits for its end, or stops it.
void finish(container::RunningContainer& running, const RunOptions& options, TracedRun& result) {
    std::optional<Stopper> stopper;
    if (options.timeout) stopper.emplace(running.pid(), *options.timeout);
    result.status = running.wait();
    if (stopper) result.stopped = stopper->fired();
}

/// Nothing where the command wants to be a supervisor itself.
std::optional<TracedRun> run_notified(const container::ContainerSpec& spec,
                                      const RunOptions& options) {
    const std::vector<sock_filter> filter = make_watch_filter(SECCOMP_RET_USER_NOTIF);
    Fd listener;
    container::StartOptions start = start_options(options);
    start.notify_filter = filter;
    start.listener = &listener;
    auto running = container::RunningContainer::start(spec, start);
    // From here on there are threads: nothing is cloned any more.
    if (options.started) options.started(running.pid());
    TracedRun result;
    if (!listener) {
        running.wait();  // failed before: says why
        throw Error("tracing the command: the container gave no seccomp listener");
    }
    const Fd process(check(static_cast<int>(syscall(SYS_pidfd_open, running.pid(), 0)),
                           "opening process {}", running.pid()));
    std::atomic<bool> wants_own = false;
    NotifyTracer tracer(std::move(listener), [&] {
        if (options.by != TraceBy::kBest) return;
        wants_own = true;
        syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    });
    finish(running, options, result);
    result.trace = tracer.finish();
    if (wants_own) return std::nullopt;
    return result;
}

TracedRun run_ptraced(const container::ContainerSpec& spec, const RunOptions& options) {
    const std::vector<sock_filter> filter = make_watch_filter(SECCOMP_RET_TRACE);
    PtraceTracer tracer;
    container::StartOptions start = start_options(options);
    start.trace_filter = filter;
    start.before_command = [&](pid_t pid) { tracer.attach(pid); };
    auto running = container::RunningContainer::start(spec, start);
    if (options.started) options.started(running.pid());
    TracedRun result;
    finish(running, options, result);
    result.trace = tracer.finish();
    return result;
}

/// Whether the kernel lets us have a listener at all: not where an outer supervisor has one
/// already (EBUSY), nor before Linux 5.0.
bool can_notify() {
    Child child = Child::clone(0, [] {
        const std::vector<sock_filter> filter = make_watch_filter(SECCOMP_RET_ALLOW);
        try {
            container::install_seccomp_listener(filter);
            return 0;
        } catch (const Error&) {
            return 1;
        }
    });
    return exit_code_of(child.wait()) == 0;
}

}  // namespace

TraceBy trace_by_environment() {
    const char* text = std::getenv("POLECAT_TRACER");
    if (!text || !*text) return TraceBy::kBest;
    if (text == std::string_view("notify")) return TraceBy::kNotify;
    if (text == std::string_view("ptrace")) return TraceBy::kPtrace;
    throw UsageError("POLECAT_TRACER is '{}', and neither 'notify' nor 'ptrace'", printable(text));
}

TracedRun run_traced(const container::ContainerSpec& spec, const RunOptions& options) {
    TracedRun result;
    const bool notify =
        options.by == TraceBy::kNotify || (options.by == TraceBy::kBest && can_notify());
    std::optional<TracedRun> notified;
    if (notify) notified = run_notified(spec, options);
    if (notified) {
        result = std::move(*notified);
    } else {
        if (notify) {
            write_log_line("",
                           "the command supervises system calls itself: it is run once more, "
                           "and traced by ptrace");
            if (options.again) options.again();
        } else {
            debug("tracing by ptrace");
        }
        result = run_ptraced(spec, options);
    }
    result.command = spec.process.args;
    return result;
}

}  // namespace mincs::polecat
