// See frame.hh.
#include "libvm/frame.hh"

#include "libcore/base/error.hh"

namespace mincs::vm {
namespace {

constexpr std::size_t kHead = 6;

}  // namespace

std::string number_bytes(std::uint32_t value) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

std::uint32_t number_at(std::string_view payload, std::size_t at) {
    if (payload.size() < at + 4) throw Error("a frame of a machine's line is too short");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(payload[at + i])) << (8 * i);
    return value;
}

std::string to_bytes(const Frame& frame) {
    std::string bytes = {static_cast<char>(frame.kind), static_cast<char>(frame.session)};
    bytes += number_bytes(static_cast<std::uint32_t>(frame.payload.size()));
    return bytes += frame.payload;
}

std::size_t FrameReader::limit_of(char kind) const {
    const std::string_view known = side_ == Side::kHost ? "OETZCXF" : "PITZCSWHR";
    if (known.find(kind) == std::string_view::npos)
        throw Error("a machine's line carries something that is no frame");
    return kind == static_cast<char>(Kind::kPlan) ? kLongestPlan : kLongestPayload;
}

void FrameReader::look_for_hello() {
    const std::size_t found = bytes_.find(kHello);
    if (found != std::string::npos) {
        is_open_ = true;
        at_ = found + kHello.size();
        return;
    }
    // No more than what its beginning may be.
    if (bytes_.size() > kHello.size()) bytes_.erase(0, bytes_.size() - kHello.size());
}

void FrameReader::feed(std::string_view bytes) {
    bytes_.erase(0, at_);
    at_ = 0;
    bytes_ += bytes;
    if (!is_open_) look_for_hello();
}

std::optional<Frame> FrameReader::next() {
    const std::string_view rest = std::string_view(bytes_).substr(at_);
    if (!is_open_ || rest.size() < kHead) return std::nullopt;
    const std::size_t limit = limit_of(rest[0]);
    const auto session = static_cast<Session>(rest[1]);
    if (session > kMostSessions) throw Error("a frame of a machine's line is of no session");
    const std::size_t length = number_at(rest, 2);
    if (length > limit) throw Error("a frame of a machine's line is too long: {} bytes", length);
    if (rest.size() < kHead + length) return std::nullopt;
    at_ += kHead + length;
    return Frame{Kind{rest[0]}, std::string(rest.substr(kHead, length)), session};
}

}  // namespace mincs::vm
