// Under which key the store has a layer: its DiffID's, as a layer is the same wherever it stands;
// but where its files depend on the layers below it (libcore/layer/settle.hh), its ChainID's.
// docs/store.md, "Keys of layers".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/store.hh"
#include "libcore/base/digest.hh"

namespace mincs::db {

/// Of a stack, lowest first: each ChainID names a layer and all that are below it (OCI image-spec,
/// config.md, "Layer ChainID"). That of the lowest is its DiffID.
std::vector<Digest> chain_ids(const std::vector<Digest>& diff_ids);

/// The key of the layer with these two, if it is in the store. What depends on the layers below and
/// was the lowest of its image has its DiffID as its key, and is no layer for any other place. Only
/// as good as the locks on both.
std::optional<std::string> find_layer_key(Store& store, const Digest& diff_id,
                                          const Digest& chain_id);

}  // namespace mincs::db
