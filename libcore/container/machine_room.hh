// The small root of a container that holds a machine (ContainerSpec::machine_room), with the root
// in it that the machine's guest gets to see. Container side, before pivot_root.
#pragma once

#include "libcore/container/spec.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

/// Whether mounts[index], of those that are made in their order, lies below one that the guest
/// makes; then the guest makes it, too.
bool waits_for_guest(const std::vector<Mount>& mounts, std::size_t index);

/// Makes the binds of the room's root_mounts in `shared`, and a new file system in memory over it,
/// where it lies at root_at. The binds that wait for the guest lie at BINDS_AT/INDEX instead.
/// Returns that file system, attached at spec.root.path.
fs::RootDir make_machine_room(const ContainerSpec& spec, const fs::RootDir& shared);

}  // namespace mincs::container
