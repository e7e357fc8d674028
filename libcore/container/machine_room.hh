// The small root of a container that holds a machine (ContainerSpec::machine_room), with the root
// in it that the machine's guest gets to see. Container side, before pivot_root.
#pragma once

#include "libcore/container/spec.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

/// Makes the binds of the room's root_mounts in `shared`, and a new file system in memory over it,
/// where it lies at root_at. Returns that file system, attached at spec.root.path.
fs::RootDir make_machine_room(const ContainerSpec& spec, const fs::RootDir& shared);

}  // namespace mincs::container
