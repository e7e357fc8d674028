// See notify_tracer.hh.
#include "tools/polecat/notify_tracer.hh"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

// Not in the headers of Debian 12.
constexpr unsigned long kNotifSetFlags = SECCOMP_IOW(4, __u64);
constexpr __u64 kSyncWakeUp = 1;

}  // namespace

void wake_callers_here(int listener) {
    ioctl(listener, kNotifSetFlags, kSyncWakeUp);
}

NotifyTracer::NotifyTracer(Fd listener, std::function<void()> on_listener)
    : listener_(std::move(listener)),
      stop_(check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "making an eventfd")),
      on_listener_(std::move(on_listener)) {
    wake_callers_here(listener_.get());
    thread_ = std::thread([this] { run(); });
}

NotifyTracer::~NotifyTracer() {
    stop();
}

void NotifyTracer::stop() noexcept {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = write(stop_.get(), &one, sizeof one);
    thread_.join();
}

Trace NotifyTracer::finish() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    return observer_.take();
}

void NotifyTracer::run() {
    try {
        supervise();
    } catch (...) {
        failure_ = std::current_exception();
        // Without a listener the waiting calls, and all later ones, fail with ENOSYS: nobody hangs.
        listener_.reset();
    }
}

void NotifyTracer::supervise() {
    pollfd polls[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (true) {
        if (poll(polls, 2, -1) == -1) {
            if (errno == EINTR) continue;
            throw SysError(errno, "waiting for the traced command's calls");
        }
        if (polls[0].revents & POLLIN) {
            seccomp_notif call = {};  // the kernel insists on zeroes
            if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) == 0)
                answer(call);
            else if (errno != ENOENT && errno != EINTR)  // ENOENT: the caller was killed meanwhile
                throw SysError(errno, "receiving the traced command's calls");
        } else if (polls[0].revents || polls[1].revents) {
            return;  // POLLHUP: the last process that had the filter is gone
        }
    }
}

void NotifyTracer::answer(const seccomp_notif& call) {
    if (on_listener_ && other_call_of(call.data) == OtherCall::kListener) on_listener_();
    std::vector<Sighting> seen = observer_.look(static_cast<pid_t>(call.pid), call.data);
    seccomp_notif_resp response = {};
    response.id = call.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0) {
        // Accepted: the caller waited in this very call all the time, so what was read is its own.
        observer_.note(std::move(seen));
    } else if (errno != ENOENT) {
        throw SysError(errno, "answering the traced command");
    }
}

}  // namespace mincs::polecat
