// A layer's directory over the layers below it, while the layer is being finished: what stands
// where, in it and below, as overlayfs would show it. Looks only; never follows a link.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

/// A thing in one of the two trees.
struct Seen {
    Fd parent;  ///< the directory that has it, O_PATH
    std::string name;
    struct stat status;

    bool is_directory() const { return S_ISDIR(status.st_mode); }
    bool is_link() const { return S_ISLNK(status.st_mode); }
    bool is_whiteout() const;
};

/// Paths are "a/b/c", without "." and "..", the root is ""; none of their directories is a link in
/// the tree that is asked.
class StackedView {
 public:
    /// `below`: the layers below as one tree; none: there is nothing below. Both must outlive this.
    StackedView(const fs::RootDir& layer, const fs::RootDir* below)
        : layer_(layer), below_(below) {}

    /// What the layer itself has there, whiteouts included.
    std::optional<Seen> in_layer(std::string_view path) const;
    /// What of the layers below would be seen there if the layer had nothing at this path: no
    /// whiteout, opaque directory or other thing of the layer hides it further up.
    std::optional<Seen> below(std::string_view path) const;
    /// Whether the layer has a directory there that is marked opaque.
    bool is_opaque(std::string_view path) const;
    const fs::RootDir& layer() const { return layer_; }

 private:
    std::optional<Seen> look(const fs::RootDir& tree, std::string_view path) const;
    const fs::RootDir& layer_;
    const fs::RootDir* below_;
};

/// "a/b" and "c" as "a/b/c"; "" and "c" as "c".
std::string join_path(std::string_view directory, std::string_view name);
/// "a/b" of "a/b/c"; "" of "c".
std::string_view parent_path(std::string_view path);
std::string_view leaf_of(std::string_view path);

/// The directory `path`, by one name after the other, none of which is followed if it is a link.
/// No descriptor and errno where it is not there.
Fd open_directory(const fs::RootDir& tree, std::string_view path);

/// Whether a directory of a layer, by any descriptor, is marked opaque.
bool has_opaque_mark(int directory);

}  // namespace mincs::layer
