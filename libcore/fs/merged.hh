// A stack of directories seen as one tree, by whichever means there are: the kernel's overlayfs,
// else fuse-overlayfs. For looking at a root and for working on it from outside; a container's own
// root is made in steps that must know which it is (librun/private_root.hh).
#pragma once

#include <string>
#include <vector>

#include "libcore/fs/overlay.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::fs {

/// As mount_overlay(), also where the kernel makes no overlay for an ordinary user. Throws what the
/// kernel said, with a hint, where there is no fuse-overlayfs.
Fd mount_merged(const OverlayOptions& options);

/// Read-only, without a mount point anywhere: for reading what a container saw. `name` is what
/// errors call it.
RootDir open_merged(const std::vector<std::string>& lower_topmost_first, std::string name);

/// The root of what was mounted of these directories, for reading: it knows all owners.
RootDir merged_root(Fd mount, const std::vector<std::string>& topmost_first, std::string name);

}  // namespace mincs::fs
