// See channel.hh.
#include "libvm/channel.hh"

#include <poll.h>

namespace mincs::vm {

Channel::Channel(Fd fd, FrameReader::Side side) : fd_(std::move(fd)), reader_(side) {
    check(fcntl(fd_.get(), F_SETFL, O_NONBLOCK), "preparing a machine's line");
}

void Channel::send(Kind kind, std::string_view payload) {
    send_raw(to_bytes({kind, std::string(payload)}));
}

void Channel::send_raw(std::string_view bytes) {
    waiting_ += bytes;
    pump_out();
}

short Channel::events() const {
    return static_cast<short>(waiting_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void Channel::pump_out() {
    while (!waiting_.empty()) {
        const ssize_t put = write(fd_.get(), waiting_.data(), waiting_.size());
        if (put == -1 && errno == EINTR) continue;
        if (put == -1 && errno == EAGAIN) return;
        check(put, "writing to a machine's line");
        waiting_.erase(0, static_cast<std::size_t>(put));
    }
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
    reader_.feed({buffer, static_cast<std::size_t>(got)});
    return got > 0;
}

}  // namespace mincs::vm
