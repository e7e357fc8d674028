// See supervise.hh.
#include "libcore/container/supervise.hh"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"

namespace mincs::container {
namespace {

/// Whether `signal` stands in the mask that /proc/PID/status calls `field` ("SigCgt"), proc(5).
bool in_status_mask(const std::string& status, std::string_view field, int signal) {
    const std::size_t at = status.find(fmt::format("\n{}:\t", field));
    if (at == std::string::npos) return false;
    std::uint64_t mask = 0;
    const char* digits = status.data() + at + field.size() + 3;
    std::from_chars(digits, status.data() + status.size(), mask, 16);
    return mask >> (signal - 1) & 1;
}

/// Whether this signal would end an ordinary process in the command's place.
bool would_end(pid_t pid, int signal) {
    if (signal == SIGWINCH) return false;
    const auto status = read_file_if_exists(fmt::format("/proc/{}/status", pid));
    if (!status) return false;
    return !in_status_mask(*status, "SigCgt", signal) &&
           !in_status_mask(*status, "SigIgn", signal) && !in_status_mask(*status, "SigBlk", signal);
}

class Supervisor {
 public:
    Supervisor(Child& child, Console& console, const ForwardedSignals& signals, ChildIs kind,
               std::function<void()> once_it_stays, int lifeline)
        : child_(child),
          console_(console),
          signals_(signals),
          command_(child, kind),
          once_it_stays_(std::move(once_it_stays)),
          lifeline_(lifeline) {}

    int run() {
        while (true) {
            pollfd polls[] = {{child_.pidfd(), POLLIN, 0},
                              {signals_.fd(), POLLIN, 0},
                              {output_open_ ? console_.master() : -1, POLLIN, 0},
                              {console_.wants_input() ? STDIN_FILENO : -1, POLLIN, 0},
                              {lifeline_, POLLIN, 0}};
            if (poll(polls, std::size(polls), patience()) == -1) {
                if (errno == EINTR) continue;
                throw SysError(errno, "waiting for the container");
            }
            if (polls[1].revents) take_signal();
            if (polls[2].revents) output_open_ = console_.pump_output();
            if (polls[3].revents) command_.typed(console_.pump_input(), console_.master());
            if (polls[0].revents) return finish();
            if (polls[4].revents) lose_lifeline();
            if (once_it_stays_ && patience() == 0) std::exchange(once_it_stays_, nullptr)();
        }
    }

 private:
    /// Milliseconds until it is no short command; -1 where nobody waits for that.
    int patience() const {
        if (!once_it_stays_) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            started_ + kShortCommand - std::chrono::steady_clock::now());
        return static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }

    void take_signal() {
        const std::optional<int> signal = CommandSignals::take(signals_);
        if (signal == SIGWINCH) console_.copy_window_size();
        // With a terminal of its own, the container hears of the new size from that.
        if (signal && (signal != SIGWINCH || !console_)) command_.deliver(*signal);
    }

    void lose_lifeline() {
        warning("what serves the container's files has ended, and so does the container");
        child_.send_signal(SIGKILL);
        lifeline_ = -1;
    }

    int finish() {
        while (output_open_) {
            pollfd left = {console_.master(), POLLIN, 0};
            if (poll(&left, 1, 0) <= 0 || !console_.pump_output()) break;
        }
        return command_.finish();
    }

    Child& child_;
    Console& console_;
    const ForwardedSignals& signals_;
    CommandSignals command_;
    bool output_open_ = static_cast<bool>(console_);
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::function<void()> once_it_stays_;
    int lifeline_;
};

}  // namespace

bool is_forwarded(int signal) {
    switch (signal) {
        case SIGKILL:
        case SIGPIPE:
        // stop, continue or do nothing by default (signal(7))
        case SIGSTOP:
        case SIGTSTP:
        case SIGTTIN:
        case SIGTTOU:
        case SIGCONT:
        case SIGCHLD:
        case SIGURG:
            return false;
        default:
            // Those between are the C library's own (nptl(7)).
            return signal <= SIGSYS || (signal >= SIGRTMIN && signal <= SIGRTMAX);
    }
}

ForwardedSignals::ForwardedSignals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (int signal = 1; signal <= SIGRTMAX; ++signal)
        if (is_forwarded(signal)) sigaddset(&wanted, signal);
    check(sigprocmask(SIG_BLOCK, &wanted, &original_), "blocking signals");
    fd_ = Fd(check(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "opening a signalfd"));
}

ForwardedSignals::ForwardedSignals(ForwardedSignals&& other) noexcept
    : fd_(std::move(other.fd_)),
      original_(other.original_),
      active_(std::exchange(other.active_, false)) {}

ForwardedSignals::~ForwardedSignals() {
    if (active_) sigprocmask(SIG_SETMASK, &original_, nullptr);
}

void ForwardedSignals::restore_in_child() const {
    check(sigprocmask(SIG_SETMASK, &original_, nullptr), "restoring the signal mask");
}

std::optional<int> CommandSignals::take(const ForwardedSignals& signals) {
    signalfd_siginfo info;
    if (read(signals.fd(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void CommandSignals::deliver(int signal) {
    debug("forwarding signal {}", signal);
    if (kind_ == ChildIs::kFirstProcess && would_end(child_.pid(), signal)) {
        ended_by_ = signal;
        child_.send_signal(SIGKILL);
    } else {
        child_.send_signal(signal);
    }
}

void CommandSignals::typed(std::string_view bytes, int master) {
    if (kind_ != ChildIs::kFirstProcess) return;
    for (const char byte : bytes) {
        const std::optional<int> signal = signal_of(master, byte);
        pid_t foreground = -1;
        if (!signal || ioctl(master, TIOCGPGRP, &foreground) == -1) continue;
        if (foreground == child_.pid() && would_end(child_.pid(), *signal)) deliver(*signal);
    }
}

int CommandSignals::finish() {
    const int code = exit_code_of(child_.wait());
    return ended_by_ ? 128 + *ended_by_ : code;
}

int supervise(Child& child, Console& console, const ForwardedSignals& signals, ChildIs kind,
              std::function<void()> once_it_stays, int lifeline) {
    return Supervisor(child, console, signals, kind, std::move(once_it_stays), lifeline).run();
}

}  // namespace mincs::container
