// The second half of unpacking, for the few layers whose tar alone does not say what they are.
// Layers unpack in parallel and in any order, each by itself; what a tar leaves open (LayerNotes)
// is decided here once the layers below are there:
//
//  - A directory that the tar only implies ("bin/x" without an entry for "bin"). Where the layers
//    below have a directory of that name, it stays as it is there: owner, mode, attributes, times.
//    Where they have a link to a directory, what is in it goes where the link leads, as when the
//    entries were unpacked on top of a whole root (containerd does). Else it is a new directory.
//  - A hard link to a file of a layer below: that file is copied up into this layer, and linked.
//
// A layer that needs this is another one on top of other layers: its key is its ChainID's.
#pragma once

#include "libcore/fs/root_dir.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

/// `layer` was made by apply_layer(), which gave `result`: its notes are used up, what is copied
/// counts as the layer's own. `below`: the layers below as one tree (fs::open_merged); null: there
/// are none, or an opaque root hides them all. Links are followed within the root. Throws Error
/// naming the entry where a hard link's target is nowhere, and where an entry would go through a
/// link of the layer itself; `layer` is then to be thrown away. Must run as root; works in a thread
/// that can open nothing outside of the two trees any more (confinement.hh).
void settle_layer(const fs::RootDir& layer, const fs::RootDir* below, ApplyResult& result,
                  const ApplyLimits& limits = {});

}  // namespace mincs::layer
