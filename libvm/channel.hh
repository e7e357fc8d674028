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

    int fd() const { return fd_.get(); }
    /// Never blocks: what does not go out at once waits for pump_out().
    void send(Kind kind, std::string_view payload);
    void send_raw(std::string_view bytes);
    /// What poll(2) is to wait for: POLLIN, and POLLOUT where something waits.
    short events() const;
    void pump_out();
    /// All that waits, however long that takes.
    void flush();
    /// Reads what is there. False once the other side has hung up.
    bool pump_in();
    /// As FrameReader's.
    std::optional<Frame> next() { return reader_.next(); }
    bool is_open() const { return reader_.is_open(); }

 private:
    Fd fd_;
    FrameReader reader_;
    std::string waiting_;
};

}  // namespace mincs::vm
