// A tree of files becomes a layer: import, commit and snapshot. The tree is packed as a layer's
// tar, and that one stream goes three ways at once: its digest, the compressed blob, and the
// unpacker a pull uses, so that a layer made here is in no way different from one that came from a
// registry.
#pragma once

#include "db/record.hh"
#include "libcore/layer/layer_pack.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// A layer in a staging directory, not yet known to the store.
struct MadeLayer {
    db::NewLayer layer;
    db::NewBlob blob;          ///< gzip
    layer::PackResult packed;  ///< what went into it
};

struct LayerRecipe {
    std::string action;       ///< begins errors and is shown as progress: "importing './root'"
    layer::PackOptions pack;  ///< SOURCE_DATE_EPOCH is heeded beyond it
    bool quiet = false;
    std::optional<std::int64_t> max_size = {};  ///< bytes of its tar
};

/// Makes `layer/` and `blob` below the staging directory; one layer a staging directory. Warns
/// where a live tree changed meanwhile. Throws Error; the staging directory is then worth nothing.
MadeLayer make_layer(const fs::RootDir& tree, const LayerRecipe& recipe, const db::Staging& staging,
                     const StopSignals& stop);

}  // namespace mincs::marten
