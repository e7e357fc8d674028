// Reads the files that a start needs while the container is still being made, so that the kernel
// has them decompressed when the command asks. Where it is our own file server that is asked, this
// also spares the command to wait for one answer after the other.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/process.hh"

namespace mincs::polecat {

/// By a process of its own, which ends by itself or with the Child; none where there is only one
/// processor. `place` is where the image is mounted, `files` are paths in it.
Child warm_up(const std::string& place, const std::vector<std::string>& files);

}  // namespace mincs::polecat
