// Parts of the host that a container gets only when they are asked for, as each of them opens a way
// out of it.
#pragma once

#include <vector>

#include "libcore/container/spec.hh"

namespace mincs::run {

/// --usedev: the host's /dev with all its devices takes the fresh one's place. The container's own
/// pseudo-terminals and shared memory stay its own.
void use_host_devices(std::vector<container::Mount>& mounts);

/// --debugfs: what the kernel tells about itself, to read.
void add_debugging(std::vector<container::Mount>& mounts);

}  // namespace mincs::run
