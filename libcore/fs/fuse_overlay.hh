// Overlays for a user whose kernel makes none in a user namespace (before Linux 5.11, without the
// module, or by policy): by the program fuse-overlayfs. As with fs/overlay.hh a mount comes out
// that is nowhere yet. The process that serves it ends with it, as the kernel then tells it that
// there is nothing more to serve: neither a kill nor a crash of ours leaves it behind.
#pragma once

#include <string>

#include "libcore/base/process.hh"
#include "libcore/fs/overlay.hh"

namespace mincs::fs {

struct FuseOverlay {
    Fd mount;      ///< detached; its root is open to all IDs of the user namespace
    Child server;  ///< fuse-overlayfs, in a mount namespace of its own
};

/// Whether a failure of mount_overlay() says that this kernel makes no overlay whatsoever here, in
/// a user namespace; else it is about these directories.
bool is_refusal(const SysError& failure);
/// The same by trying with two directories beside each other. A hundred microseconds.
bool kernel_refuses_overlays(const std::string& one, const std::string& other);

/// Whether fuse-overlayfs is installed and /dev/fuse is there for us.
bool has_fuse_overlay();

/// Whose the files are seen to be.
enum class Owners {
    kTheirs,
    /// Root's, all of them: what belongs to an ID that the namespace does not have could be neither
    /// changed nor removed (EOVERFLOW).
    kRoot,
};

/// For root of a user namespace. Blocks until it serves; throws Error with what it said where it
/// does not. Writes go to the upper directory at once, where others may read them.
FuseOverlay mount_fuse_overlay(const OverlayOptions& options, Owners owners = Owners::kTheirs);

}  // namespace mincs::fs
