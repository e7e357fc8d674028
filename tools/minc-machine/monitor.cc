// See monitor.hh. A machine's life: it boots (nothing but the watch over the time), it runs
// (streams and signals go both ways), it has a status (what is still under way is written out).
#include "tools/minc-machine/monitor.hh"

#include <poll.h>
#include <sys/random.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "libcore/base/log.hh"
#include "libcore/container/console.hh"
#include "libcore/container/supervise.hh"
#include "libvm/channel.hh"
#include "libvm/um.hh"
#include "tools/minc-machine/clients.hh"
#include "tools/minc-machine/console_text.hh"
#include "tools/minc-machine/hypervisor.hh"
#include "tools/minc-machine/session.hh"

namespace mincs::machine {
namespace {

using Clock = std::chrono::steady_clock;
using vm::Kind;

/// The guest was not up in time; somebody may try once more.
struct NotUp : Error {
    using Error::Error;
};

class Monitor {
 public:
    Monitor(const vm::Machine& machine, const container::ForwardedSignals& signals,
            const std::string& accelerator)
        : machine_(machine),
          signals_(signals),
          console_(machine.debug),
          hypervisor_(start_hypervisor(machine, accelerator)),
          channel_(std::move(hypervisor_.channel), vm::FrameReader::Side::kHost),
          session_(channel_, machine.terminal),
          clients_(channel_),
          deadline_(Clock::now() + std::chrono::seconds(machine.boot_seconds)) {
        if (machine.hypervisor == vm::Hypervisor::kUserMode) channel_.limit_line(vm::kUmLine);
    }

    int run() {
        while (!session_.status()) {
            std::vector<pollfd> polls = {{channel_.readable_fd(), POLLIN, 0},
                                         {hypervisor_.console.get(), POLLIN, 0},
                                         {signals_.fd(), POLLIN, 0},
                                         {hypervisor_.child.pidfd(), POLLIN, 0},
                                         {channel_.writable_fd(), POLLOUT, 0}};
            constexpr std::size_t kOwn = 5;
            session_.add_polls(polls);
            if (is_up_) clients_.add_polls(polls);
            const int ready = poll(polls.data(), polls.size(), patience());
            if (ready == -1 && errno != EINTR) throw SysError(errno, "waiting for the machine");
            if (polls[2].revents)
                if (const auto status = take_signal()) return *status;
            if (polls[1].revents) pump_console();
            session_.pump(std::span(polls).subspan(kOwn, Session::kPolls));
            const bool was_up = is_up_;
            if (polls[0].revents || polls[4].revents) pump_channel();
            if (was_up) clients_.pump(std::span(polls).subspan(kOwn + Session::kPolls));
            if (polls[3].revents && !session_.status())
                complain("the machine has ended without a status");
            if (!is_up_ && Clock::now() >= deadline_)
                complain(
                    fmt::format("the machine's guest is not up after {} s", machine_.boot_seconds));
        }
        hypervisor_.child = Child();
        session_.write_out();
        return *session_.status();
    }
    const std::string& failure() const { return session_.failure(); }

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
        std::string seed(32, 0);
        // So few come whole and are never interrupted (getrandom(2)).
        check(getrandom(seed.data(), seed.size(), 0), "asking the kernel for random bytes");
        channel_.send({Kind::kSeed, seed});
        session_.begin(machine_.guest);
    }

    /// A status, where there is nobody yet who could handle the signal.
    std::optional<int> take_signal() {
        const std::optional<int> signal = container::CommandSignals::take(signals_);
        if (!signal) return std::nullopt;
        if (is_up_)
            session_.deliver(*signal);
        else if (*signal != SIGWINCH)
            return 128 + *signal;
        return std::nullopt;
    }

    void take(const vm::Frame& frame) {
        if (frame.session != 0) return clients_.take(frame);
        if (frame.kind == Kind::kTaken && frame.payload.starts_with(static_cast<char>(Kind::kLine)))
            return channel_.line_taken(vm::number_at(frame.payload, 1));
        session_.take(frame);
    }

    const vm::Machine& machine_;
    const container::ForwardedSignals& signals_;
    ConsoleText console_;
    RunningHypervisor hypervisor_;
    vm::Channel channel_;
    Session session_;
    Clients clients_;
    const Clock::time_point deadline_;
    bool is_up_ = false;
};

int run(const vm::Machine& machine, const container::ForwardedSignals& signals,
        const std::string& accelerator) {
    Monitor monitor(machine, signals, accelerator);
    std::optional<container::RawTerminal> raw;
    // The terminal's line discipline that counts is the guest's.
    if (machine.terminal) raw.emplace();
    const int status = monitor.run();
    raw.reset();
    if (!monitor.failure().empty()) write_log_line("error", printable(monitor.failure()));
    return status;
}

}  // namespace

int run_machine(const vm::Machine& machine) {
    const container::ForwardedSignals signals;
    try {
        return run(machine, signals, machine.accelerator);
    } catch (const NotUp& error) {
        if (!machine.may_fall_back) throw;
        warning("{}", error.what());
    }
    warning("once more without {}", machine.accelerator);
    return run(machine, signals, "tcg");
}

}  // namespace mincs::machine
