// See relay.hh.
#include "tools/minc-guest/relay.hh"

#include <poll.h>
#include <sys/ioctl.h>

#include "libcore/container/boot.hh"
#include "libcore/container/seccomp_compiler.hh"
#include "libcore/container/supervise.hh"
#include "libvm/streams.hh"

namespace mincs::guest {
namespace {

using container::RunningContainer;
using vm::Kind;

/// The command's ends of its streams, and ours; none where it has a terminal.
struct Streams {
    Pipe in, out, err;

    Streams() : in(Pipe::make()), out(Pipe::make()), err(Pipe::make()) {}
    container::StandardStreams inner() const {
        return {in.read_end.get(), out.write_end.get(), err.write_end.get()};
    }
    void close_inner() {
        for (Fd* fd : {&in.read_end, &out.write_end, &err.write_end}) fd->reset();
    }
};

class Relay {
 public:
    Relay(vm::Channel& channel, RunningContainer::Watched running, Streams streams)
        : channel_(channel),
          child_(running.child),
          signals_(running.signals),
          command_(running.child, container::ChildIs::kFirstProcess),
          terminal_(std::move(running.terminal)) {
        if (terminal_) {
            input_ = vm::StreamSink(terminal_.duplicate(), Kind::kInput);
            sources_[0] = vm::StreamSource(terminal_.duplicate(), Kind::kOutput);
            return;
        }
        input_ = vm::StreamSink(std::move(streams.in.write_end), Kind::kInput);
        sources_[0] = vm::StreamSource(std::move(streams.out.read_end), Kind::kOutput);
        sources_[1] = vm::StreamSource(std::move(streams.err.read_end), Kind::kErrors);
    }

    int run() {
        std::optional<int> status;
        take_frames();  // what came together with the plan
        while (!status || sources_[0].is_open() || sources_[1].is_open()) {
            pollfd polls[] = {{channel_.readable_fd(), POLLIN, 0},
                              {status ? -1 : child_.pidfd(), POLLIN, 0},
                              {sources_[0].readable_fd(), POLLIN, 0},
                              {sources_[1].readable_fd(), POLLIN, 0},
                              {status ? -1 : input_.writable_fd(), POLLOUT, 0},
                              {signals_.fd(), POLLIN, 0},
                              {channel_.writable_fd(), POLLOUT, 0}};
            if (poll(polls, std::size(polls), -1) == -1 && errno != EINTR)
                throw SysError(errno, "waiting for the command");
            if (polls[6].revents) channel_.pump_out();
            if (polls[0].revents) pump_channel();
            for (std::size_t i : {0, 1})
                if (polls[2 + i].revents) sources_[i].pump(channel_);
            if (polls[4].revents) input_.pump(channel_);
            if (polls[5].revents) container::CommandSignals::take(signals_);  // the kernel's own
            if (polls[1].revents) status = command_.finish();
        }
        return *status;
    }

 private:
    void pump_channel() {
        if (!channel_.pump_in()) throw Error("the host has hung up");
        take_frames();
    }

    void take_frames() {
        while (const auto frame = channel_.next()) take(*frame);
    }

    void take(const vm::Frame& frame) {
        const std::string_view payload = frame.payload;
        switch (frame.kind) {
            case Kind::kInput:
                if (terminal_) command_.typed(payload, terminal_.get());
                return input_.take(payload);
            case Kind::kEnd:
                // A terminal has no end, but its ^D.
                return terminal_ ? void() : input_.end();
            case Kind::kTaken:
                return source_of(payload).taken(vm::number_at(payload, 1));
            case Kind::kClosed:
                return source_of(payload).close();
            case Kind::kSignal:
                if (!payload.empty()) command_.deliver(payload[0]);
                return;
            case Kind::kWindow:
                return set_window(parse_window(payload));
            default:
                throw Error("the host sends what it should not");
        }
    }

    vm::StreamSource& source_of(std::string_view payload) {
        for (vm::StreamSource& source : sources_)
            if (!payload.empty() && static_cast<char>(source.kind()) == payload[0]) return source;
        throw Error("the host tells of a stream that there is not");
    }

    void set_window(const Window& window) {
        winsize size = {};
        size.ws_row = window.rows;
        size.ws_col = window.columns;
        if (terminal_) ioctl(terminal_.get(), TIOCSWINSZ, &size);
    }

    vm::Channel& channel_;
    Child& child_;
    const container::ForwardedSignals& signals_;
    container::CommandSignals command_;
    Fd terminal_;
    vm::StreamSink input_;
    vm::StreamSource sources_[2];
};

/// The size that a new terminal takes over is that of our own stdin, the console.
void set_console_window(const Window& window) {
    winsize size = {};
    size.ws_row = window.rows;
    size.ws_col = window.columns;
    ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
}

}  // namespace

int run_and_relay(vm::Channel& channel, const Plan& plan) {
    set_console_window(plan.window);
    const std::vector<sock_filter> filter = container::compile_filter_of(plan.spec);
    Streams streams;
    container::StartOptions options;
    options.filter = filter;
    if (!plan.spec.process.terminal) options.streams = streams.inner();
    RunningContainer running = RunningContainer::start(plan.spec, options);
    streams.close_inner();
    return Relay(channel, running.watch(), std::move(streams)).run();
}

}  // namespace mincs::guest
