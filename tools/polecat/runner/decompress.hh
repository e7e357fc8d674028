// One compressed block of a squashfs image at a time. The image is not trusted: what does not
// decompress into the room given is an error. This pair owns libzstd's decoder.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace mincs::polecat {

/// The numbers that squashfs has for them.
enum class Compression : std::uint16_t { kXz = 4, kZstd = 6 };

class Decompressor {
 public:
    /// Throws Error for a number that is none of Compression.
    explicit Decompressor(std::uint16_t number);
    Decompressor(Decompressor&&) noexcept;
    ~Decompressor();

    /// The bytes it made, at most `room`; throws Error for damaged ones.
    std::size_t decompress(std::string_view from, char* to, std::size_t room);

 private:
    struct State;
    Compression compression_;
    std::unique_ptr<State> state_;
};

/// One block of xz; by decompress_xz.cc or, in a runner without liblzma, decompress_no_xz.cc.
std::size_t decompress_xz(std::string_view from, char* to, std::size_t room);

}  // namespace mincs::polecat
