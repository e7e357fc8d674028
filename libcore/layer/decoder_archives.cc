// See decoder.hh: the compressions that whole archives come in, but layers hardly ever. The only
// file that knows libbz2 and liblzma.
#include <bzlib.h>
#include <lzma.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/layer/decoder.hh"

namespace mincs::layer {
namespace {

/// What `xz -9` needs is 65 MiB; a hostile header may ask for gigabytes.
constexpr std::uint64_t kXzMemory = 128u << 20;

class Bzip2Decoder : public Decoder {
 public:
    Bzip2Decoder() : output_(kOutputSize) { begin_stream(); }
    ~Bzip2Decoder() override { BZ2_bzDecompressEnd(&state_); }

    void write(std::string_view input, const Inflater::Sink& sink) override {
        while (!input.empty()) {
            if (ended_) {
                BZ2_bzDecompressEnd(&state_);
                begin_stream();
            }
            input.remove_prefix(decode(input, sink));
        }
    }
    void finish(const Inflater::Sink&) override {
        if (!ended_) throw Error("the bzip2 stream is cut off");
    }

 private:
    void begin_stream() {
        state_ = {};
        ended_ = false;
        if (BZ2_bzDecompressInit(&state_, 0, 0) != BZ_OK)
            throw Error("starting bzip2: out of memory");
    }

    /// Returns how many bytes of `input` belong to the current stream.
    std::size_t decode(std::string_view input, const Inflater::Sink& sink) {
        const std::size_t size = std::min<std::size_t>(input.size(), 1u << 30);
        // libbz2 takes its input by a pointer to non-const and does not write to it.
        state_.next_in = const_cast<char*>(input.data());
        state_.avail_in = static_cast<unsigned>(size);
        do {
            state_.next_out = output_.data();
            state_.avail_out = static_cast<unsigned>(output_.size());
            const int result = BZ2_bzDecompress(&state_);
            if (result != BZ_OK && result != BZ_STREAM_END)
                throw Error("the bzip2 stream is damaged (bzip2 error {})", result);
            ended_ = result == BZ_STREAM_END;
            const std::size_t produced = output_.size() - state_.avail_out;
            if (produced > 0) sink(std::string_view(output_.data(), produced));
        } while (!ended_ && (state_.avail_in > 0 || state_.avail_out == 0));
        return size - state_.avail_in;
    }

    bz_stream state_ = {};
    bool ended_ = false;
    std::vector<char> output_;
};

class XzDecoder : public Decoder {
 public:
    XzDecoder() : output_(kOutputSize) {
        if (lzma_stream_decoder(&state_, kXzMemory, LZMA_CONCATENATED) != LZMA_OK)
            throw Error("starting xz: out of memory");
    }
    ~XzDecoder() override { lzma_end(&state_); }

    void write(std::string_view input, const Inflater::Sink& sink) override {
        decode(input, LZMA_RUN, sink);
    }
    void finish(const Inflater::Sink& sink) override { decode({}, LZMA_FINISH, sink); }

 private:
    void decode(std::string_view input, lzma_action action, const Inflater::Sink& sink) {
        state_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
        state_.avail_in = input.size();
        lzma_ret result = LZMA_OK;
        do {
            state_.next_out = output_.data();
            state_.avail_out = output_.size();
            result = lzma_code(&state_, action);
            check(result);
            const std::size_t produced = output_.size() - state_.avail_out;
            if (produced > 0)
                sink(std::string_view(reinterpret_cast<const char*>(output_.data()), produced));
        } while (result == LZMA_OK && (state_.avail_in > 0 || state_.avail_out == 0));
        // In a concatenated stream the end is only known once there is no more input.
        if (action == LZMA_FINISH && result != LZMA_STREAM_END)
            throw Error("the xz stream is cut off");
    }

    static void check(lzma_ret result) {
        switch (result) {
            case LZMA_OK:
            case LZMA_STREAM_END:
            case LZMA_BUF_ERROR:  // no progress without more input: the caller's business
                return;
            case LZMA_MEMLIMIT_ERROR:
                throw Error("the xz stream wants more than {} MiB of memory", kXzMemory >> 20);
            default:
                throw Error("the xz stream is damaged (xz error {})", static_cast<int>(result));
        }
    }

    lzma_stream state_ = LZMA_STREAM_INIT;
    std::vector<std::uint8_t> output_;
};

}  // namespace

std::unique_ptr<Decoder> make_bzip2_decoder() {
    return std::make_unique<Bzip2Decoder>();
}

std::unique_ptr<Decoder> make_xz_decoder() {
    return std::make_unique<XzDecoder>();
}

}  // namespace mincs::layer
