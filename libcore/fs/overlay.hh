// Overlay file systems by the new mount API (fsopen(2) family): layers are added by descriptor with
// "lowerdir+", so that neither a page of options nor a path with a ':' is ever in the way; 500
// layers work.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs::fs {

/// The kernel takes no more lower directories (OVL_MAX_STACK).
inline constexpr std::size_t kMaxLowerDirectories = 500;

struct OverlayOptions {
    std::vector<std::string> lower;  ///< host directories, topmost first; at least one
    std::string upper;               ///< empty: a read-only overlay
    std::string work;                ///< on the same file system as `upper`
    bool is_volatile = false;        ///< "volatile": no sync of the upper layer (kernel 5.10)
};

/// A detached mount (fsmount(2)): visible to nobody until move_mount, gone with its descriptor.
/// Needs CAP_SYS_ADMIN. A read-only overlay of one directory is a detached read-only bind of it.
Fd mount_overlay(const OverlayOptions& options);

}  // namespace mincs::fs
