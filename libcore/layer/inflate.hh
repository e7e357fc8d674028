// Decompression of a layer's or an archive's bytes as they stream by: gzip (igzip of ISA-L: three
// times zlib's speed), zstd, bzip2, xz, or none, told apart by the first bytes as the media type in
// a manifest is only a claim.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace mincs::layer {

enum class Compression { kNone, kGzip, kZstd, kBzip2, kXz };

/// By a stream's first bytes; ten are enough, fewer tell what they can.
Compression detect_compression(std::string_view start);

/// Push-style decompressor: feed compressed bytes, get plain bytes through the sink, in bounded
/// pieces. Concatenated gzip members and zstd frames are one stream (RFC 1952 section 2.2, RFC 8878
/// section 3). Throws Error on corrupt data (a gzip CRC or size that does not match included).
class Inflater {
 public:
    using Sink = std::function<void(std::string_view)>;
    explicit Inflater(Sink sink);
    Inflater(const Inflater&) = delete;
    ~Inflater();

    void write(std::string_view compressed);
    /// The stream ends here; throws Error where it is cut off.
    void finish();
    /// Known once the first bytes were seen.
    Compression compression() const;

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mincs::layer
