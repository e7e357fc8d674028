// See traced_run.hh.
#include "tools/polecat/traced_run.hh"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libcore/base/log.hh"
#include "libcore/container/boot.hh"

namespace mincs::polecat {
namespace {

constexpr std::chrono::seconds kGrace{2};

/// Ends a process when its time is up: asks (SIGTERM), then kills. By pidfd, so never somebody
/// else.
class Stopper {
 public:
    Stopper(pid_t pid, std::chrono::seconds timeout)
        : process_(
              check(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "opening process {}", pid)),
          thread_([this, timeout](const std::stop_token& token) { run(token, timeout); }) {}

    bool fired() const { return fired_; }

 private:
    /// True if the time passed and nobody asked us to end.
    bool wait(const std::stop_token& token, std::chrono::seconds time) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, token, time, [&] { return token.stop_requested(); });
    }

    void run(const std::stop_token& token, std::chrono::seconds timeout) {
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

}  // namespace

TracedRun run_traced(run::Plan& plan, const container::ContainerSpec& spec,
                     std::optional<std::chrono::seconds> timeout) {
    const std::vector<sock_filter> filter = make_notify_filter();
    Fd listener;
    auto running = container::RunningContainer::start(
        spec, {.filter = plan.filter(), .notify_filter = filter, .listener = &listener});
    plan.started(running.pid());
    // From here on there are threads: nothing is cloned any more.
    TracedRun result;
    std::optional<Stopper> stopper;
    if (timeout) stopper.emplace(running.pid(), *timeout);
    if (listener) {
        Tracer tracer(std::move(listener));
        result.status = running.wait();
        result.trace = tracer.finish();
    } else {
        result.status = running.wait();  // failed before: says why
        throw Error("tracing the command: the container gave no seccomp listener");
    }
    if (stopper) result.stopped = stopper->fired();
    return result;
}

}  // namespace mincs::polecat
