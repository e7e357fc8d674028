// A compressed layer to files in one pass and two threads, both confined: one inflates, the other
// hashes the plain tar and makes the files.
#include "libcore/base/error.hh"
#include "libcore/layer/inflating_thread.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

ApplyResult apply_compressed_layer(const TarSource& source, const fs::RootDir& target,
                                   const Digest& expected_diff_id, const ApplyLimits& limits) {
    Hasher hasher(expected_diff_id.algorithm());
    InflatingThread inflating(source);
    const TarSource plain = [&] {
        const std::string_view piece = inflating.pull();
        hasher.update(piece);
        return piece;
    };
    const ApplyResult result = apply_layer(plain, target, limits);
    const Digest diff_id = hasher.finish();
    if (diff_id != expected_diff_id)
        throw Error("the layer's tar has the digest {} where the image's config says {}",
                    diff_id.to_string(), expected_diff_id.to_string());
    return result;
}

}  // namespace mincs::layer
