// What a machine's guest sends to the host: the frames, and what they mean for its streams.
#include "libvm/frame.hh"
#include "libvm/streams.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

/// All frames of `bytes`, fed in pieces of so many.
std::string frames_of(std::string_view bytes, std::size_t piece) {
    vm::FrameReader reader(vm::FrameReader::Side::kHost);
    std::string all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        reader.feed(bytes.substr(at, piece));
        while (const auto frame = reader.next()) {
            expect(frame->payload.size() <= vm::kLongestPayload, "a frame is bounded");
            expect(frame->session <= vm::kMostSessions, "there are so many sessions");
            all += vm::to_bytes(*frame);
            if (frame->kind == vm::Kind::kTaken) vm::number_at(frame->payload, 1);
        }
    }
    return all;
}

}  // namespace

int fuzz_frame(const std::uint8_t* data, std::size_t size) {
    const std::string bytes = std::string(vm::kHello) + std::string(text_of(data, size));
    std::string whole;
    const bool taken = accepts([&] { whole = frames_of(bytes, bytes.size()); });
    if (taken) expect(frames_of(bytes, 1) == whole, "frames do not depend on the pieces");
    if (taken) expect(text_of(data, size).starts_with(whole), "frames are the bytes that came");
    accepts([&] { frames_of(text_of(data, size), 7); });  // without a hello
    return 0;
}

}  // namespace mincs::fuzz
