// The container's root (MINCS's minc-coat): an overlay of layers, or a directory itself, mounted in
// the container's own mount namespace and made "/" by pivot_root(2). Container side.
#pragma once

#include "libcore/container/spec.hh"
#include "libcore/fs/overlay.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

/// The overlay that a root is, with the places to mount on under its layers, if there is room.
fs::OverlayOptions overlay_options(const OverlayRoot& stack);

/// Mounts the root where spec.root.path says and returns it. Only this mount namespace sees it.
fs::RootDir make_root(const ContainerSpec& spec);

/// Makes `root` this process's "/" and lets go of the host's tree for good; unlike chroot(2)
/// nothing leads back.
void pivot_into(const fs::RootDir& root);

}  // namespace mincs::container
