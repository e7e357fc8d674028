// One compression's decoder, for inflate.cc: takes compressed bytes as they come, gives plain ones
// to the sink in pieces of kOutputSize. Streams that follow one another are one.
#pragma once

#include <memory>
#include <string_view>

#include "libcore/layer/inflate.hh"

namespace mincs::layer {

/// One call of the sink gets at most this much: enough to make a call cheap, small enough for the
/// cache.
inline constexpr std::size_t kOutputSize = 256u << 10;

class Decoder {
 public:
    virtual ~Decoder() = default;
    /// Takes all of the input.
    virtual void write(std::string_view input, const Inflater::Sink& sink) = 0;
    /// The input ends here. Throws Error where the stream does not.
    virtual void finish(const Inflater::Sink& sink) = 0;
};

std::unique_ptr<Decoder> make_bzip2_decoder();
std::unique_ptr<Decoder> make_xz_decoder();

}  // namespace mincs::layer
