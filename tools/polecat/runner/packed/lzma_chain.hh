// By which filters of liblzma a runner is compressed (compress.cc) and unfolded (unfold_xz.cc).
#pragma once

#include <lzma.h>

#include <cstdint>

namespace mincs::polecat {

/// Larger than any runner.
inline constexpr std::uint32_t kLzmaDictionary = 1u << 20;

/// Raw LZMA2 behind the filter for x86 code, where the runner is such.
struct LzmaChain {
    /// `options`, whose dictionary has kLzmaDictionary bytes, must outlive this.
    explicit LzmaChain(lzma_options_lzma& options)
        : filters{
#ifdef __x86_64__
              {LZMA_FILTER_X86, nullptr},
#endif
              {LZMA_FILTER_LZMA2, &options},
              {LZMA_VLI_UNKNOWN, nullptr}} {
    }
    lzma_filter filters[3];
};

}  // namespace mincs::polecat
