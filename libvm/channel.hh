// The line between the two sides of a machine, of which frames go out and come in (frame.hh).
#pragma once

#include <functional>
#include <string>

#include "libcore/base/fd.hh"
#include "libvm/frame.hh"

namespace mincs::vm {

class Channel {
 public:
    /// Takes the descriptor over, and makes it non-blocking.
    Channel(Fd fd, FrameReader::Side side);

    /// Side of the host: no more bytes than these are ever unread on the other side (streams.hh has
    /// the same for each stream), as it does not hear of more.
    void limit_line(std::size_t bytes) { limit_ = bytes; }
    void line_taken(std::size_t bytes);
    /// Side of the guest: it tells how much it has read.
    void tell_taken() { tells_taken_ = true; }

    /// For poll(2): where something comes in, and where something waits to go out; -1: nothing
    /// does.
    int readable_fd() const { return fd_.get(); }
    int writable_fd() const { return waiting_.empty() || is_stalled() ? -1 : fd_.get(); }
    /// Never blocks: what does not go out at once waits for pump_out().
    void send(const Frame& frame);
    void send_raw(std::string_view bytes);
    void pump_out();
    /// Bytes that wait.
    std::size_t waiting() const { return waiting_.size(); }
    /// All that waits, however long that takes.
    void flush();
    /// Reads what is there. False once the other side has hung up.
    bool pump_in();
    /// As FrameReader's.
    std::optional<Frame> next() { return reader_.next(); }
    bool is_open() const { return reader_.is_open(); }

 private:
    void tell(std::size_t bytes);
    bool is_stalled() const { return limit_ != 0 && unread_ >= limit_; }
    Fd fd_;
    FrameReader reader_;
    std::string waiting_;
    std::size_t limit_ = 0;  ///< 0: none
    std::size_t unread_ = 0;
    bool tells_taken_ = false;
    std::size_t untold_ = 0;
};

/// One session's frames go out by it.
class Sender {
 public:
    explicit Sender(Channel& channel, Session session = 0) : channel_(channel), session_(session) {}
    void send(Kind kind, std::string_view payload) const {
        channel_.send({kind, std::string(payload), session_});
    }

 private:
    Channel& channel_;
    Session session_;
};

}  // namespace mincs::vm
