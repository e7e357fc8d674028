// What the threads that handle a layer's bytes may still do. They end with the layer, so what they
// give up is nobody else's loss. docs/decisions.md, "Confined threads", tells what this protects
// from and what it does not.
#pragma once

#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

/// The calling thread makes a layer's files: it opens, makes, links and renames nothing but below
/// `target`, connects nowhere, starts nothing, and keeps of root's powers those that owners, modes,
/// devices and attributes need. For good.
void confine_unpacker(const fs::RootDir& target);

/// The calling thread finishes a layer over those below (settle.hh): as an unpacker, and it reads
/// `below`, where there is something.
void confine_settler(const fs::RootDir& layer, const fs::RootDir* below);

/// The calling thread computes: from now on it opens no file and has no powers at all. What it has
/// open it may use.
void confine_decoder();

}  // namespace mincs::layer
