// See session.hh.
#include "tools/minc-guest/session.hh"

#include <sys/ioctl.h>

#include <algorithm>
#include <csignal>

namespace mincs::guest {
namespace {

using vm::Kind;

winsize size_of(const Window& window) {
    winsize size = {};
    size.ws_row = window.rows;
    size.ws_col = window.columns;
    return size;
}

}  // namespace

void Streams::close_inner() {
    for (Fd* fd : {&in.read_end, &out.write_end, &err.write_end}) fd->reset();
}

void set_console_window(const Window& window) {
    const winsize size = size_of(window);
    ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
}

Session::Session(vm::Sender sender, container::WatchedCommand command, Streams streams)
    : sender_(sender),
      child_(command.child),
      command_(command.child, command.kind),
      terminal_(std::move(command.terminal)) {
    if (terminal_) {
        input_ = vm::StreamSink(terminal_.duplicate(), Kind::kInput);
        sources_[0] = vm::StreamSource(terminal_.duplicate(), Kind::kOutput);
        return;
    }
    input_ = vm::StreamSink(std::move(streams.in.write_end), Kind::kInput);
    sources_[0] = vm::StreamSource(std::move(streams.out.read_end), Kind::kOutput);
    sources_[1] = vm::StreamSource(std::move(streams.err.read_end), Kind::kErrors);
}

void Session::add_polls(std::vector<pollfd>& polls) const {
    polls.push_back({status_ ? -1 : child_.pidfd(), POLLIN, 0});
    for (const vm::StreamSource& source : sources_)
        polls.push_back({source.readable_fd(), POLLIN, 0});
    polls.push_back({status_ ? -1 : input_.writable_fd(), POLLOUT, 0});
}

void Session::pump(std::span<const pollfd> polls) {
    for (const std::size_t i : {0, 1})
        if (polls[1 + i].revents) sources_[i].pump(sender_);
    if (polls[3].revents) input_.pump(sender_);
    if (polls[0].revents) status_ = command_.finish();
}

std::optional<int> Session::status() const {
    if (!status_ || std::ranges::any_of(sources_, &vm::StreamSource::has_more)) return std::nullopt;
    return status_;
}

void Session::take(const vm::Frame& frame) {
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
            if (!payload.empty() && !status_) command_.deliver(payload[0]);
            return;
        case Kind::kWindow:
            return set_window(parse_window(payload));
        case Kind::kHangUp:
            return kill();
        default:
            throw Error("the host sends what it should not");
    }
}

void Session::kill() {
    child_.send_signal(SIGKILL);
    for (vm::StreamSource& source : sources_) source.close();
}

vm::StreamSource& Session::source_of(std::string_view payload) {
    for (vm::StreamSource& source : sources_)
        if (!payload.empty() && static_cast<char>(source.kind()) == payload[0]) return source;
    throw Error("the host tells of a stream that there is not");
}

void Session::set_window(const Window& window) {
    const winsize size = size_of(window);
    if (terminal_) ioctl(terminal_.get(), TIOCSWINSZ, &size);
}

}  // namespace mincs::guest
