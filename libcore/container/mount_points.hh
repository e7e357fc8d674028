// Where in a container's root something is mounted: found, or made where the image lacks it.
#pragma once

#include <string>

#include "libcore/container/spec.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

class MountPoints {
 public:
    /// `is_marked`: what is made goes to the container's upper directory, or its own copy of the
    /// root, and is marked there (fs::mount_point_mark()), so that nobody takes it for a change
    /// that the command made.
    MountPoints(const fs::RootDir& root, bool is_marked) : root_(root), is_marked_(is_marked) {}

    /// The target (O_PATH) of a mount; `source` is what is bound, else unused.
    Fd open(const Mount& mount, int source) const;

 private:
    Fd open_file(const std::string& path) const;
    Fd open_system_directory(const std::string& path) const;
    Fd make_directories(const std::string& path) const;

    const fs::RootDir& root_;
    bool is_marked_;
};

}  // namespace mincs::container
