// See session.hh.
#include "tools/minc-machine/session.hh"

#include <sys/ioctl.h>

#include <csignal>

namespace mincs::machine {
namespace {

using vm::Kind;

Fd copy_of(int standard) {
    // A closed one stays closed for the command, too: its stream ends at once.
    return Fd(fcntl(standard, F_DUPFD_CLOEXEC, 3));
}

}  // namespace

void Session::begin(std::string_view plan) {
    send_window();
    sender_.send(Kind::kPlan, plan);
    input_ = vm::StreamSource(copy_of(STDIN_FILENO), Kind::kInput);
    sinks_[0] = vm::StreamSink(copy_of(STDOUT_FILENO), Kind::kOutput);
    sinks_[1] = vm::StreamSink(copy_of(STDERR_FILENO), Kind::kErrors);
    if (!input_.is_open())
        sender_.send(Kind::kEnd, std::string(1, static_cast<char>(Kind::kInput)));
}

void Session::send_window() const {
    winsize size;
    if (!terminal_ || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1) return;
    const auto columns = static_cast<std::uint32_t>(size.ws_col);
    sender_.send(Kind::kWindow, vm::number_bytes(size.ws_row | columns << 16));
}

void Session::deliver(int signal) const {
    if (signal == SIGWINCH && terminal_) return send_window();
    sender_.send(Kind::kSignal, std::string(1, static_cast<char>(signal)));
}

void Session::add_polls(std::vector<pollfd>& polls) const {
    polls.push_back({input_.readable_fd(), POLLIN, 0});
    for (const vm::StreamSink& sink : sinks_) polls.push_back({sink.writable_fd(), POLLOUT, 0});
}

void Session::pump(std::span<const pollfd> polls) {
    if (polls[0].revents) input_.pump(sender_);
    for (const std::size_t i : {0, 1})
        if (polls[1 + i].revents) sinks_[i].pump(sender_);
}

vm::StreamSink& Session::sink_of(char kind) {
    for (vm::StreamSink& sink : sinks_)
        if (static_cast<char>(sink.kind()) == kind) return sink;
    throw Error("the machine's guest tells of a stream that there is not");
}

void Session::take(const vm::Frame& frame) {
    const std::string_view payload = frame.payload;
    if (payload.empty()) throw Error("the machine's guest sends an empty frame");
    switch (frame.kind) {
        case Kind::kOutput:
        case Kind::kErrors:
            return sink_of(static_cast<char>(frame.kind)).take(payload);
        case Kind::kEnd:
            return sink_of(payload[0]).end();
        case Kind::kTaken:
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

void Session::write_out() {
    for (vm::StreamSink& sink : sinks_)
        while (!sink.is_empty()) {
            pollfd out = {sink.writable_fd(), POLLOUT, 0};
            poll(&out, 1, -1);
            sink.write_some();
        }
}

}  // namespace mincs::machine
