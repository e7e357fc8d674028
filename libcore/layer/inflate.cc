// See inflate.hh: what layers come in; other compressions stand in decoder_archives.cc. The only
// file that knows ISA-L's and libzstd's decompressors.
#include "libcore/layer/inflate.hh"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/layer/decoder.hh"

namespace mincs::layer {
namespace {

std::size_t bounded(std::size_t size) {
    return std::min<std::size_t>(size, std::numeric_limits<std::uint32_t>::max() / 2);
}

class PlainDecoder : public Decoder {
 public:
    void write(std::string_view input, const Inflater::Sink& sink) override {
        for (; !input.empty(); input.remove_prefix(std::min(input.size(), kOutputSize)))
            sink(input.substr(0, kOutputSize));
    }
    void finish(const Inflater::Sink&) override {}
};

class GzipDecoder : public Decoder {
 public:
    GzipDecoder() : output_(kOutputSize) { isal_inflate_init(&state_); }
    void write(std::string_view input, const Inflater::Sink& sink) override;
    void finish(const Inflater::Sink&) override {
        if (place_ == Place::kInHeader || place_ == Place::kInMember)
            throw Error("the gzip stream is cut off");
    }

 private:
    /// RFC 1952 section 2.2: members simply follow one another. Like gzip(1) we allow zeros after
    /// the last one (tapes are padded) and nothing else.
    enum class Place { kBetweenMembers, kInHeader, kInMember, kInPadding };

    void give(std::string_view input);
    std::size_t read_header(std::string_view input);
    std::size_t decode_member(std::string_view input, const Inflater::Sink& sink);
    void begin_member();

    inflate_state state_;
    isal_gzip_header header_;
    Place place_ = Place::kBetweenMembers;
    bool any_member_ = false;
    std::vector<std::uint8_t> output_;
};

void GzipDecoder::begin_member() {
    isal_inflate_reset(&state_);
    // Compares the trailer's CRC-32 and length with what came out. The header is ours to read:
    // isal_inflate forgets its flags where it comes in pieces, and takes a file's name for data.
    state_.crc_flag = ISAL_GZIP_NO_HDR_VER;
    isal_gzip_header_init(&header_);
    place_ = Place::kInHeader;
    any_member_ = true;
}

void GzipDecoder::give(std::string_view input) {
    // ISA-L takes its input by a pointer to non-const and does not write to it.
    state_.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(input.data()));
    state_.avail_in = static_cast<std::uint32_t>(bounded(input.size()));
}

/// Returns how many bytes of `input` belong to the header.
std::size_t GzipDecoder::read_header(std::string_view input) {
    give(input);
    const std::size_t size = state_.avail_in;
    const int result = isal_read_gzip_header(&state_, &header_);
    if (result != ISAL_DECOMP_OK && result != ISAL_END_INPUT)
        throw Error("the gzip stream is damaged: its header is wrong (igzip error {})", result);
    if (result == ISAL_DECOMP_OK) place_ = Place::kInMember;
    return size - state_.avail_in;
}

void GzipDecoder::write(std::string_view input, const Inflater::Sink& sink) {
    while (!input.empty()) {
        if (place_ == Place::kBetweenMembers) {
            if (input.front() == '\0' && any_member_)
                place_ = Place::kInPadding;
            else if (input.front() == '\x1f')
                begin_member();
            else
                throw Error("there is garbage after the gzip stream");
        }
        if (place_ == Place::kInPadding) {
            if (input.find_first_not_of('\0') != std::string_view::npos)
                throw Error("there is garbage after the gzip stream");
            return;
        }
        input.remove_prefix(place_ == Place::kInHeader ? read_header(input)
                                                       : decode_member(input, sink));
    }
}

/// Returns how many bytes of `input` belong to the current member: all, or those up to its end.
std::size_t GzipDecoder::decode_member(std::string_view input, const Inflater::Sink& sink) {
    give(input);
    const std::size_t size = state_.avail_in;
    do {
        state_.next_out = output_.data();
        state_.avail_out = static_cast<std::uint32_t>(output_.size());
        const int result = isal_inflate(&state_);
        if (result == ISAL_INCORRECT_CHECKSUM)
            throw Error("the gzip stream is damaged: its checksum does not match");
        if (result != ISAL_DECOMP_OK && result != ISAL_END_INPUT)
            throw Error("the gzip stream is damaged (igzip error {})", result);
        const std::size_t produced = output_.size() - state_.avail_out;
        if (produced > 0)
            sink(std::string_view(reinterpret_cast<const char*>(output_.data()), produced));
        // A full output buffer may leave more behind in the decoder's own window.
    } while (state_.block_state != ISAL_BLOCK_FINISH &&
             (state_.avail_in > 0 || state_.avail_out == 0));
    if (state_.block_state == ISAL_BLOCK_FINISH) place_ = Place::kBetweenMembers;
    return size - state_.avail_in;
}

class ZstdDecoder : public Decoder {
 public:
    ZstdDecoder() : stream_(ZSTD_createDStream(), &ZSTD_freeDStream), output_(kOutputSize) {
        if (!stream_) throw Error("starting zstd: out of memory");
    }
    void write(std::string_view input, const Inflater::Sink& sink) override {
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        bool output_full = false;
        while (in.pos < in.size || output_full) {
            ZSTD_outBuffer out{output_.data(), output_.size(), 0};
            wanted_ = ZSTD_decompressStream(stream_.get(), &out, &in);
            if (ZSTD_isError(wanted_))
                throw Error("the zstd stream is damaged: {}", ZSTD_getErrorName(wanted_));
            output_full = out.pos == out.size && wanted_ != 0;
            if (out.pos > 0) sink(std::string_view(output_.data(), out.pos));
        }
    }
    void finish(const Inflater::Sink&) override {
        // 0 is said exactly at the end of a frame.
        if (wanted_ != 0) throw Error("the zstd stream is cut off");
    }

 private:
    std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
    std::vector<char> output_;
    std::size_t wanted_ = 1;
};

/// As much as tells a compression from a tar that begins with an odd name.
constexpr std::size_t kMagicSize = 10;

/// "BZh1" to "BZh9", then the magic of a block or of the end of an empty stream.
bool is_bzip2(std::string_view start) {
    return start.size() >= 10 && start.starts_with("BZh") && start[3] >= '1' && start[3] <= '9' &&
           (start.substr(4, 6) == "\x31\x41\x59\x26\x53\x59" ||
            start.substr(4, 6) == "\x17\x72\x45\x38\x50\x90");
}

}  // namespace

Compression detect_compression(std::string_view start) {
    if (start.starts_with("\x1f\x8b")) return Compression::kGzip;
    if (start.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
    if (start.starts_with(std::string_view("\3757zXZ\0", 6))) return Compression::kXz;
    if (is_bzip2(start)) return Compression::kBzip2;
    // RFC 8878 section 3.1.2: a skippable frame, whose first byte is 0x50 to 0x5f.
    const bool is_skippable =
        start.size() >= 4 && (start[0] & '\xf0') == '\x50' && start.substr(1, 3) == "\x2a\x4d\x18";
    return is_skippable ? Compression::kZstd : Compression::kNone;
}

namespace {

std::unique_ptr<Decoder> make_decoder(Compression compression) {
    switch (compression) {
        case Compression::kGzip:
            return std::make_unique<GzipDecoder>();
        case Compression::kZstd:
            return std::make_unique<ZstdDecoder>();
        case Compression::kBzip2:
            return make_bzip2_decoder();
        case Compression::kXz:
            return make_xz_decoder();
        case Compression::kNone:
            break;
    }
    return std::make_unique<PlainDecoder>();
}

}  // namespace

struct Inflater::Impl {
    Sink sink;
    std::string start;  ///< the first bytes, until there are enough to tell the compression
    Compression compression = Compression::kNone;
    std::unique_ptr<Decoder> decoder;

    void choose() {
        compression = detect_compression(start);
        decoder = make_decoder(compression);
        decoder->write(start, sink);
    }
};

Inflater::Inflater(Sink sink) : impl_(std::make_unique<Impl>()) {
    impl_->sink = std::move(sink);
}

Inflater::~Inflater() = default;

void Inflater::write(std::string_view compressed) {
    if (!impl_->decoder) {
        const std::size_t missing = kMagicSize - impl_->start.size();
        impl_->start += compressed.substr(0, missing);
        if (impl_->start.size() < kMagicSize) return;
        compressed.remove_prefix(missing);
        impl_->choose();
    }
    impl_->decoder->write(compressed, impl_->sink);
}

void Inflater::finish() {
    if (!impl_->decoder) impl_->choose();
    impl_->decoder->finish(impl_->sink);
}

Compression Inflater::compression() const {
    return impl_->compression;
}

}  // namespace mincs::layer
