// Where the kernel stacks no overlay for an ordinary user, as what would change lies on a file
// system that cannot be an overlay's upper directory (another overlay, NFS, FUSE …): the container
// gets a copy of its whole root instead, by reflinks where there are some, and runs on that.
#pragma once

#include <string>
#include <vector>

#include "db/layout.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

/// Whether overlays may be refused in this directory; cheap.
bool may_refuse_overlays(const std::filesystem::path& place);

/// If the kernel refuses the overlay of `spec`, whose storage is `directory`'s, or did so in an
/// earlier run: makes the copy, and lets the spec have that for its root. Throws Error where it
/// cannot be made.
void replace_refused_overlay(container::ContainerSpec& spec,
                             const db::ContainerDirectory& directory);

}  // namespace mincs::run
