// See decompress.hh: xz, which not every runner has. This file owns liblzma's decoder.
#include <lzma.h>

#include "libcore/base/error.hh"
#include "tools/polecat/runner/decompress.hh"

namespace mincs::polecat {

std::size_t decompress_xz(std::string_view from, char* to, std::size_t room) {
    // It needs its dictionary, which is one block of the image, and little more.
    std::uint64_t memory = 64u << 20;
    std::size_t read = 0, written = 0;
    const lzma_ret result = lzma_stream_buffer_decode(
        &memory, 0, nullptr, reinterpret_cast<const std::uint8_t*>(from.data()), &read, from.size(),
        reinterpret_cast<std::uint8_t*>(to), &written, room);
    if (result != LZMA_OK) throw Error("the image is damaged: a block does not decompress");
    return written;
}

}  // namespace mincs::polecat
