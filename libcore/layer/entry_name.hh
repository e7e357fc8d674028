// What an entry's *name* means in a layer: which names are refused, which are whiteouts, which are
// aufs's own notes. layer_apply acts on the answer, verify_tree imagines acting on it; that both
// ask here keeps them of one mind.
#pragma once

#include <string>
#include <string_view>

#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {

/// A checked path in the layer: "a/b" and "c" of "./a//b/c/"; both empty for the root itself.
struct EntryPath {
    std::string parent;
    std::string leaf;
};

/// `path` is the entry's own or its hard link's. Throws Error naming the entry where it is empty,
/// absolute, has "..", or is too long or too deep.
EntryPath checked_path(const TarEntry& entry, std::string_view path);

enum class NameMeaning {
    kRoot,      ///< the layer's root itself
    kIgnored,   ///< aufs's notes: nothing of the image
    kOpaque,    ///< nothing of what is below is seen in `parent`
    kWhiteout,  ///< `leaf` is gone from `parent`
    kEntry,     ///< `leaf` is made in `parent`
};

struct EntryName {
    NameMeaning meaning = NameMeaning::kIgnored;
    EntryPath path;  ///< of a whiteout: what it hides
};

/// Throws Error naming the entry where its name is refused.
EntryName read_name(const TarEntry& entry);

/// The target of a hard link, which must be a path like the entry's own and not the root.
EntryPath hard_link_target(const TarEntry& entry);

/// Throws Error in the name of the entry.
[[noreturn]] void refuse(const TarEntry& entry, std::string_view why);

}  // namespace mincs::layer
