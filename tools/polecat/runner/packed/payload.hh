// The format in which a packed runner carries the whole one: shared by compress.cc, which writes it
// when the project is built, and packed.cc, which unfolds it at each start.
#pragma once

#include <cstddef>

namespace mincs::polecat {

/// In front of the compressed bytes. Both programs are of one build: numbers are the machine's.
struct PayloadHeader {
    std::size_t size;  ///< bytes of the whole runner, an ELF program
    /// Bytes behind this header: zstd's whole frame, or what lzma_chain.hh says.
    std::size_t compressed;
};

}  // namespace mincs::polecat
