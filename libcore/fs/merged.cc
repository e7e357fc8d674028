// See merged.hh.
#include "libcore/fs/merged.hh"

#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/fuse_overlay.hh"

namespace mincs::fs {

Fd mount_merged(const OverlayOptions& options) {
    try {
        return mount_overlay(options);
    } catch (SysError& error) {
        if (!is_refusal(error)) throw;
        if (has_fuse_overlay()) {
            FuseOverlay overlay = mount_fuse_overlay(options);
            overlay.server.release();  // it ends with the mount
            return std::move(overlay.mount);
        }
        error.with_hint("Debian's package fuse-overlayfs does it without the kernel");
        throw;
    }
}

RootDir open_merged(const std::vector<std::string>& lower_topmost_first, std::string name) {
    return merged_root(mount_merged({.lower = lower_topmost_first}), lower_topmost_first,
                       std::move(name));
}

RootDir merged_root(Fd mount, const std::vector<std::string>& topmost_first, std::string name) {
    RootDir root(std::move(mount), std::move(name));
    if (notes_owners()) root.set_owners(std::make_shared<StackedOwners>(topmost_first));
    return root;
}

}  // namespace mincs::fs
