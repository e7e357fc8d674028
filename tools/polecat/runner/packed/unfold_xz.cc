// See unfold.hh.
#include <lzma.h>

#include <cstdint>

#include "tools/polecat/runner/packed/lzma_chain.hh"
#include "tools/polecat/runner/packed/unfold.hh"

namespace mincs::polecat {

bool unfold(const char* from, std::size_t size, char* to, std::size_t room) {
    lzma_options_lzma options = {};
    options.dict_size = kLzmaDictionary;
    const LzmaChain chain(options);
    std::size_t read = 0, written = 0;
    return lzma_raw_buffer_decode(chain.filters, nullptr,
                                  reinterpret_cast<const std::uint8_t*>(from), &read, size,
                                  reinterpret_cast<std::uint8_t*>(to), &written, room) == LZMA_OK &&
           written == room;
}

}  // namespace mincs::polecat
