// Unpacks a tar into a tree that has things in it, as cp(1) copies: what `marten cp` ends with. It
// is no layer: whiteouts mean nothing, existing directories stay as they are, and a link to a
// directory counts as one. Neither the tar nor the tree is trusted; somebody may be changing the
// tree.
#pragma once

#include <functional>
#include <string>

#include "libcore/fs/root_dir.hh"
#include "libcore/layer/layer_apply.hh"
#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {

struct CopyTarget {
    const fs::RootDir& root;  ///< never left: links in it mean what they mean to its own processes
    std::string directory;    ///< in the root, where the tar's names begin; must exist
    /// May change owner, mode and attributes that an entry is to get; false: it is passed over.
    std::function<bool(TarEntry&)> adjust;
};

/// Reads `source` to its end. A file takes the place of a file; Error, naming the entry, where a
/// directory would have to go for a file or the other way round, where a name has ".." or is
/// absolute, and where something cannot be made.
void unpack_copy(const TarSource& source, const CopyTarget& target);

}  // namespace mincs::layer
