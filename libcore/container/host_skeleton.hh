// The host's "/" for one who may not stack an overlay on it: an ordinary user's namespace has the
// host's mounts locked, and the kernel makes no overlay of a directory that hides something below
// such a mount (mount_namespaces(7)). So a directory that has mounts below it is made anew, with
// what is directly in it, and each of its directories that has none gets an overlay of its own.
// Container side, before the root is made.
#pragma once

#include <string>
#include <vector>

#include "libcore/fs/mount.hh"

namespace mincs::container {

/// What of the host is to be put onto a place of the skeleton.
struct HostPart {
    std::string path;  ///< absolute, on the host and in the skeleton
    bool is_directory = true;
};

/// Makes the skeleton of "/" in the directory `target`. Links and small files are copied;
/// directories without mounts below them, larger files and such as cannot be read are the parts
/// that are returned; mount points are there and empty.
std::vector<HostPart> make_host_skeleton(int target, const std::vector<fs::MountInfo>& mounts);

}  // namespace mincs::container
