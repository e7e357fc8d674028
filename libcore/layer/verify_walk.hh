// Compares a directory on disk with the tree it must be (verify_tree.hh), name by name. Nothing on
// disk is trusted to be what it should be: nothing is opened but directories and regular files, and
// nothing through a link.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

#include "libcore/fs/root_dir.hh"
#include "libcore/layer/verify_tree.hh"

namespace mincs::layer {

/// One thing of a layer that is not as it must be.
struct Difference {
    std::string path;  ///< bytes, relative to the layer's root; "" is the root itself
    std::string what;  ///< "mode is 0644 instead of 4755, owner is 0:0 instead of 0:42"
};

/// A name on disk.
struct FoundEntry {
    int directory;  ///< descriptor of the directory it is in
    const std::string& name;
    const std::string& path;
    const struct stat& status;
};

/// Whether the file's content is the node's; called once a node, for files of the right size.
using ContentCheck = std::function<bool(const ExpectedNode&, const FoundEntry&)>;

/// All differences, ascending by path. What the disk itself cannot hand out (EIO, a damaged file
/// system) is one of them; SysError for any other failure.
std::vector<Difference> compare_with_disk(const ExpectedTree& expected, const fs::RootDir& actual,
                                          const ContentCheck& has_content);

}  // namespace mincs::layer
