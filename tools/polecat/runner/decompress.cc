// See decompress.hh.
#include "tools/polecat/runner/decompress.hh"

#include <zstd.h>

#include <new>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct Decompressor::State {
    std::unique_ptr<ZSTD_DCtx, FreeContext> zstd{ZSTD_createDCtx()};
};

Decompressor::Decompressor(std::uint16_t number) : compression_(static_cast<Compression>(number)) {
    if (compression_ != Compression::kXz && compression_ != Compression::kZstd)
        throw Error("the image is compressed by method {}, and zstd and xz are known here", number);
    state_ = std::make_unique<State>();
    if (!state_->zstd) throw std::bad_alloc();
}

Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

std::size_t Decompressor::decompress(std::string_view from, char* to, std::size_t room) {
    if (compression_ == Compression::kZstd) {
        // Not what a zstd before 1.0 wrote: the runner has no decoder for that (musl/libc.cc).
        constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";
        if (!from.starts_with(kMagic))
            throw Error("the image is damaged: a block is no zstd frame");
        const std::size_t got =
            ZSTD_decompressDCtx(state_->zstd.get(), to, room, from.data(), from.size());
        if (ZSTD_isError(got)) throw Error("the image is damaged: a block does not decompress");
        return got;
    }
    return decompress_xz(from, to, room);
}

}  // namespace mincs::polecat
