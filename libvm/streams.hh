// The command's three streams, each from a descriptor on one side of a machine's line to one on the
// other. So that a stream nobody reads holds up neither the others nor the line, no more than
// kStreamWindow bytes of each are under way; the receiver tells what it has passed on (kTaken).
#pragma once

#include <optional>
#include <string>

#include "libvm/channel.hh"

namespace mincs::vm {

inline constexpr std::size_t kStreamWindow = 128 << 10;

/// What is read here goes out.
class StreamSource {
 public:
    /// None of it: nothing is sent, not even an end.
    StreamSource() = default;
    /// The descriptor is taken over.
    StreamSource(Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

    Kind kind() const { return kind_; }
    /// For poll(2); -1: there is nothing to be read, or too much is under way.
    int readable_fd() const { return under_way_ < kStreamWindow ? fd_.get() : -1; }
    /// Reads once. At its end it is closed, and that is sent.
    void pump(const Sender& sender);
    /// Whether a read would bring something now, be it that much is under way, or the end.
    bool has_more() const;
    /// The other side has passed on so many bytes. Throws Error where it never got them.
    void taken(std::size_t bytes);
    /// Nobody wants more: a writer of a pipe shall hear of it.
    void close() { fd_.reset(); }
    bool is_open() const { return static_cast<bool>(fd_); }

 private:
    Fd fd_;
    Kind kind_ = Kind::kInput;
    std::size_t under_way_ = 0;
};

/// What comes in is written here.
class StreamSink {
 public:
    StreamSink() = default;
    /// The descriptor is taken over. It may be anybody's, and stays blocking.
    StreamSink(Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

    Kind kind() const { return kind_; }
    /// For poll(2); -1: there is nothing to be written.
    int writable_fd() const { return waiting_.empty() ? -1 : fd_.get(); }
    /// Throws Error where more comes than may be under way.
    void take(std::string_view bytes);
    /// To be called when poll(2) says that it can be written to. Tells the other side what has been
    /// passed on, or that it is closed.
    void pump(const Sender& sender);
    /// The same with nobody to tell: how many bytes have been passed on; none: it is closed.
    std::optional<std::size_t> write_some();
    /// No more comes: closed when all is written.
    void end();
    bool is_empty() const { return waiting_.empty(); }

 private:
    Fd fd_;
    Kind kind_ = Kind::kInput;
    std::string waiting_;
    bool is_ending_ = false;
    bool is_closed_ = false;
};

}  // namespace mincs::vm
