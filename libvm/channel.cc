// See channel.hh.
#include "libvm/channel.hh"

#include <poll.h>

namespace mincs::vm {

Channel::Channel(Fd fd, FrameReader::Side side) : fd_(std::move(fd)), reader_(side) {
    check(fcntl(fd_.get(), F_SETFL, O_NONBLOCK), "preparing a machine's line");
}

void Channel::send(const Frame& frame) {
    send_raw(to_bytes(frame));
}

void Channel::send_raw(std::string_view bytes) {
    waiting_ += bytes;
    pump_out();
}

void Channel::pump_out() {
    while (!waiting_.empty() && !is_stalled()) {
        const std::size_t most = limit_ ? limit_ - unread_ : waiting_.size();
        const ssize_t put = write(fd_.get(), waiting_.data(), std::min(most, waiting_.size()));
        if (put == -1 && errno == EINTR) continue;
        if (put == -1 && errno == EAGAIN) return;
        check(put, "writing to a machine's line");
        if (limit_) unread_ += static_cast<std::size_t>(put);
        waiting_.erase(0, static_cast<std::size_t>(put));
    }
}

void Channel::line_taken(std::size_t bytes) {
    if (bytes > unread_) throw Error("a machine's line tells of bytes that were never sent");
    unread_ -= bytes;
    pump_out();
}

void Channel::flush() {
    while (!waiting_.empty()) {
        pollfd out = {fd_.get(), POLLOUT, 0};
        poll(&out, 1, -1);
        pump_out();
    }
}

bool Channel::pump_in() {
    char buffer[64 << 10];
    const ssize_t got = read(fd_.get(), buffer, sizeof buffer);
    if (got == -1) return errno == EAGAIN || errno == EINTR;
    const auto bytes = static_cast<std::size_t>(got);
    reader_.feed({buffer, bytes});
    if (tells_taken_) tell(bytes);
    return got > 0;
}

void Channel::tell(std::size_t bytes) {
    constexpr std::size_t kWorthTelling = 512;
    untold_ += bytes;
    if (untold_ < kWorthTelling) return;
    const auto bytes_told = static_cast<std::uint32_t>(std::exchange(untold_, 0));
    send({Kind::kTaken, static_cast<char>(Kind::kLine) + number_bytes(bytes_told)});
}

}  // namespace mincs::vm
