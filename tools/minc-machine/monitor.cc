// See monitor.hh. A machine's life: it boots (nothing but the watch over the time), it runs
// (streams and signals go both ways), it has a status (what is still under way is written out).
#include "tools/minc-machine/monitor.hh"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "libcore/base/log.hh"
#include "libcore/container/supervise.hh"
#include "libvm/channel.hh"
#include "libvm/streams.hh"
#include "libvm/um.hh"
#include "tools/minc-machine/console_text.hh"
#include "tools/minc-machine/hypervisor.hh"

namespace mincs::machine {
namespace {

using Clock = std::chrono::steady_clock;
using vm::Kind;

/// The guest was not up in time; somebody may try once more.
struct NotUp : Error {
    using Error::Error;
};

Fd copy_of(int standard) {
    // A closed one stays closed for the command, too: its stream ends at once.
    return Fd(fcntl(standard, F_DUPFD_CLOEXEC, 3));
}

class Monitor {
 public:
    Monitor(const vm::Machine& machine, const container::ForwardedSignals& signals,
            const std::string& accelerator)
        : machine_(machine),
          signals_(signals),
          console_(machine.debug),
          hypervisor_(start_hypervisor(machine, accelerator)),
          channel_(std::move(hypervisor_.channel), vm::FrameReader::Side::kHost),
          deadline_(Clock::now() + std::chrono::seconds(machine.boot_seconds)) {
        if (machine.hypervisor == vm::Hypervisor::kUserMode) channel_.limit_line(vm::kUmLine);
    }

    int run() {
        while (!status_) {
            pollfd polls[] = {{channel_.readable_fd(), POLLIN, 0},
                              {hypervisor_.console.get(), POLLIN, 0},
                              {signals_.fd(), POLLIN, 0},
                              {input_.readable_fd(), POLLIN, 0},
                              {sinks_[0].writable_fd(), POLLOUT, 0},
                              {sinks_[1].writable_fd(), POLLOUT, 0},
                              {hypervisor_.child.pidfd(), POLLIN, 0},
                              {channel_.writable_fd(), POLLOUT, 0}};
            const int ready = poll(polls, std::size(polls), patience());
            if (ready == -1 && errno != EINTR) throw SysError(errno, "waiting for the machine");
            if (polls[2].revents) take_signal();
            if (polls[1].revents) pump_console();
            if (polls[3].revents) input_.pump(channel_);
            for (std::size_t i : {0, 1})
                if (polls[4 + i].revents) sinks_[i].pump(channel_);
            if (polls[0].revents || polls[7].revents) pump_channel();
            if (polls[6].revents && !status_) complain("the machine has ended without a status");
            if (!is_up_ && Clock::now() >= deadline_)
                complain(
                    fmt::format("the machine's guest is not up after {} s", machine_.boot_seconds));
        }
        hypervisor_.child = Child();
        write_out();
        if (!failure_.empty()) write_log_line("error", printable(failure_));
        return *status_;
    }

 private:
    int patience() const {
        if (is_up_) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
        return static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }

    void pump_console() {
        char buffer[4096];
        const ssize_t got = read(hypervisor_.console.get(), buffer, sizeof buffer);
        if (got > 0) console_.take({buffer, static_cast<std::size_t>(got)});
        if (got == 0) hypervisor_.console.reset();
    }

    [[noreturn]] void complain(const std::string& what) {
        hypervisor_.child = Child();
        for (pollfd left = {hypervisor_.console.get(), POLLIN, 0};
             hypervisor_.console && poll(&left, 1, 0) > 0;)
            pump_console();
        const std::string why = vm::um_explanation(console_.text());
        const std::string lines = console_.last_lines();
        const std::string text =
            fmt::format("{}{}{}{}", what, why.empty() ? "" : ": ", why,
                        lines.empty() ? "" : "; its console said last:" + lines);
        if (!is_up_) throw NotUp("{}", text);
        throw Error("{}", text);
    }

    void pump_channel() {
        // A machine that ends hangs up; its own end tells more.
        try {
            channel_.pump_out();
            if (!channel_.pump_in()) complain("the machine has ended without a status");
        } catch (const SysError&) {
            complain("the machine has ended without a status");
        }
        if (!is_up_ && channel_.is_open()) begin();
        while (const auto frame = channel_.next()) take(*frame);
    }

    /// The guest is there.
    void begin() {
        is_up_ = true;
        debug("the guest is up");
        send_window();
        channel_.send(Kind::kPlan, machine_.guest);
        input_ = vm::StreamSource(copy_of(STDIN_FILENO), Kind::kInput);
        sinks_[0] = vm::StreamSink(copy_of(STDOUT_FILENO), Kind::kOutput);
        sinks_[1] = vm::StreamSink(copy_of(STDERR_FILENO), Kind::kErrors);
        if (!input_.is_open())
            channel_.send(Kind::kEnd, std::string(1, static_cast<char>(Kind::kInput)));
    }

    void send_window() {
        winsize size;
        if (!machine_.terminal || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1) return;
        channel_.send(
            Kind::kWindow,
            vm::number_bytes(size.ws_row | static_cast<std::uint32_t>(size.ws_col) << 16));
    }

    void take_signal() {
        const std::optional<int> signal = container::CommandSignals::take(signals_);
        if (!signal) return;
        if (*signal == SIGWINCH) {
            if (is_up_) send_window();
        } else if (is_up_) {
            channel_.send(Kind::kSignal, std::string(1, static_cast<char>(*signal)));
        } else {
            status_ = 128 + *signal;  // there is nobody yet who could handle it
        }
    }

    vm::StreamSink& sink_of(char kind) {
        for (vm::StreamSink& sink : sinks_)
            if (static_cast<char>(sink.kind()) == kind) return sink;
        throw Error("the machine's guest tells of a stream that there is not");
    }

    void take(const vm::Frame& frame) {
        const std::string_view payload = frame.payload;
        if (payload.empty()) throw Error("the machine's guest sends an empty frame");
        switch (frame.kind) {
            case Kind::kOutput:
            case Kind::kErrors:
                return sink_of(static_cast<char>(frame.kind)).take(payload);
            case Kind::kEnd:
                return sink_of(payload[0]).end();
            case Kind::kTaken:
                if (payload[0] == static_cast<char>(Kind::kLine))
                    return channel_.line_taken(vm::number_at(payload, 1));
                return input_.taken(vm::number_at(payload, 1));
            case Kind::kClosed:
                return input_.close();
            case Kind::kFailed:
                failure_ = payload.substr(1);
                [[fallthrough]];
            case Kind::kStatus:
                status_ = static_cast<unsigned char>(payload[0]);
                return;
            default:
                throw Error("the machine's guest sends what it should not");
        }
    }

    /// What has come before the status.
    void write_out() {
        for (vm::StreamSink& sink : sinks_)
            while (!sink.is_empty()) {
                pollfd out = {sink.writable_fd(), POLLOUT, 0};
                poll(&out, 1, -1);
                sink.write_some();
            }
    }

    const vm::Machine& machine_;
    const container::ForwardedSignals& signals_;
    ConsoleText console_;
    RunningHypervisor hypervisor_;
    vm::Channel channel_;
    vm::StreamSource input_;
    vm::StreamSink sinks_[2];
    const Clock::time_point deadline_;
    bool is_up_ = false;
    std::optional<int> status_;
    std::string failure_;
};

/// The terminal's line discipline that counts is the guest's.
void make_terminal_raw() {
    termios settings;
    if (tcgetattr(STDIN_FILENO, &settings) == -1) return;
    cfmakeraw(&settings);
    check(tcsetattr(STDIN_FILENO, TCSANOW, &settings), "preparing the terminal");
}

}  // namespace

int run_machine(const vm::Machine& machine) {
    const container::ForwardedSignals signals;
    if (machine.terminal) make_terminal_raw();
    try {
        return Monitor(machine, signals, machine.accelerator).run();
    } catch (const NotUp& error) {
        if (!machine.may_fall_back) throw;
        warning("{}", error.what());
    }
    warning("once more without {}", machine.accelerator);
    return Monitor(machine, signals, "tcg").run();
}

}  // namespace mincs::machine
