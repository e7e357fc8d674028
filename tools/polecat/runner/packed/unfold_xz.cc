// See unfold.hh.
#include <lzma.h>

#include <cstdint>

#include "tools/polecat/runner/packed/payload.hh"
#include "tools/polecat/runner/packed/unfold.hh"

namespace mincs::polecat {

bool unfold(const char* from, std::size_t size, char* to, std::size_t room) {
    lzma_options_lzma options = {};
    options.dict_size = kLzmaDictionary;
    lzma_filter filters[] = {
#ifdef __x86_64__
        {LZMA_FILTER_X86, nullptr},
#endif
        {LZMA_FILTER_LZMA2, &options},
        {LZMA_VLI_UNKNOWN, nullptr},
    };
    std::size_t read = 0, written = 0;
    return lzma_raw_buffer_decode(filters, nullptr, reinterpret_cast<const std::uint8_t*>(from),
                                  &read, size, reinterpret_cast<std::uint8_t*>(to), &written,
                                  room) == LZMA_OK &&
           written == room;
}

}  // namespace mincs::polecat
