// Proves a layer's directory: compares it with the tar that a registry's digests vouch for, or with
// another directory made of it just now.
//
// The first costs no disk space and one pass. It follows what unpacking makes of an entry, but not
// what every file system makes of that (a time it cannot store, an attribute it rewrites): where it
// finds a difference, unpacking the layer beside and comparing the two directories has the last
// word.
#pragma once

#include <cstdint>
#include <vector>

#include "libcore/layer/layer_apply.hh"
#include "libcore/layer/verify_walk.hh"

namespace mincs::layer {

struct LayerReport {
    std::vector<Difference> differences;
    ApplyResult counted;  ///< what unpacking would have counted
};

/// Streams the compressed layer and compares every entry with `directory`; contents as they pass.
/// Memory: some 300 bytes an entry, and 8 MiB. Throws Error where the stream is damaged, its tar
/// has another DiffID, or is no layer.
LayerReport verify_layer(const TarSource& compressed, const Digest& diff_id,
                         const fs::RootDir& directory);

/// Compares two unpacked layers.
std::vector<Difference> compare_layers(const fs::RootDir& expected, const fs::RootDir& actual);

}  // namespace mincs::layer
