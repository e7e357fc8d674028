// Layers and a configuration become an image of the store: an OCI manifest is written for them
// (image-spec manifest.md), so that an image made here can be saved, pushed and verified like one
// that was pulled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/images.hh"
#include "libregistry/manifest.hh"
#include "tools/marten/make_layer.hh"

namespace mincs::marten {

struct ImageRecipe {
    std::string action;              ///< begins errors: "committing 'web'"
    std::vector<std::string> names;  ///< whole; maybe none
    std::optional<db::Image> base;   ///< whose layers lie below
    std::optional<MadeLayer> layer;  ///< on top; one of the two there is
    std::string config;              ///< JSON; its diff_ids are those of base and layer
};

/// Records the image and returns its ID. `staging` is where the layer was made. Parts that are in
/// the store already stay as they are.
std::string make_image(db::Store& store, const db::Staging& staging, const ImageRecipe& recipe,
                       const StopSignals& stop);

/// The manifest that an image of the store was recorded with, its digest checked; a made up one
/// where an early marten imported it without.
registry::Manifest manifest_of(db::Store& store, const db::Image& image);

}  // namespace mincs::marten
