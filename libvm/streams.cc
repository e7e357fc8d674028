// See streams.hh.
#include "libvm/streams.hh"

#include <limits.h>
#include <poll.h>

namespace mincs::vm {
namespace {

std::string name_of(Kind kind) {
    return std::string(1, static_cast<char>(kind));
}

}  // namespace

void StreamSource::pump(const Sender& sender) {
    char buffer[kLongestPayload];
    const std::size_t most = std::min(sizeof buffer, kStreamWindow - under_way_);
    const ssize_t got = read(fd_.get(), buffer, most);
    if (got == -1 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) {
        under_way_ += static_cast<std::size_t>(got);
        return sender.send(kind_, {buffer, static_cast<std::size_t>(got)});
    }
    // The end; of a terminal's master EIO (pty(7)).
    close();
    sender.send(Kind::kEnd, name_of(kind_));
}

bool StreamSource::has_more() const {
    pollfd here = {fd_.get(), POLLIN, 0};
    return fd_ && poll(&here, 1, 0) > 0;
}

void StreamSource::taken(std::size_t bytes) {
    if (bytes > under_way_) throw Error("a machine's line tells of bytes that were never sent");
    under_way_ -= bytes;
}

void StreamSink::take(std::string_view bytes) {
    if (waiting_.size() + bytes.size() > kStreamWindow)
        throw Error("a machine's line carries more than was asked for");
    if (!is_closed_) waiting_ += bytes;
}

std::optional<std::size_t> StreamSink::write_some() {
    // As much as a pipe that is writable takes without blocking (pipe(7)).
    const ssize_t put =
        write(fd_.get(), waiting_.data(), std::min<std::size_t>(waiting_.size(), PIPE_BUF));
    if (put == -1 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (put == -1) {
        waiting_.clear();
        is_closed_ = true;
        fd_.reset();
        return std::nullopt;
    }
    waiting_.erase(0, static_cast<std::size_t>(put));
    if (waiting_.empty() && is_ending_) fd_.reset();
    return static_cast<std::size_t>(put);
}

void StreamSink::pump(const Sender& sender) {
    const auto put = write_some();
    if (!put) return sender.send(Kind::kClosed, name_of(kind_));
    if (*put == 0) return;
    sender.send(Kind::kTaken, name_of(kind_) + number_bytes(static_cast<std::uint32_t>(*put)));
}

void StreamSink::end() {
    is_ending_ = true;
    if (waiting_.empty()) fd_.reset();
}

}  // namespace mincs::vm
