// Unpacks the image of a bundle into a directory: memory of a container's own, a cache, or wherever
// somebody wants to look at it. Names were checked by the reader; all is made by descriptor, in
// directories that were made just before, and nothing is ever opened through a link.
#pragma once

#include <cstdint>

#include "tools/polecat/runner/squashfs.hh"

namespace mincs::polecat {

struct Unpacked {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;  ///< of files' contents
};

/// `directory` is open and empty, and gets the root's mode. `keep_owners`: only root may. Devices,
/// fifos and sockets are passed over. Throws Error, with part of it there.
Unpacked unpack(Squashfs& image, int directory, bool keep_owners);

}  // namespace mincs::polecat
