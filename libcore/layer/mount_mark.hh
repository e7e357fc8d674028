// Places that minc made in a container's upper directory only to mount something on them (an empty
// /etc/resolv.conf, a /proc): no change of the container's, and nothing for an image.
#pragma once

#include <sys/stat.h>

#include <string>

namespace mincs::layer {

/// Whether the directory's entry `name`, with this `status`, bears the mark
/// (fs::mount_point_mark()) and is still as it was made: an empty file, or a directory with nothing
/// but such in it.
bool is_bare_mount_point(int directory, const std::string& name, const struct stat& status);

}  // namespace mincs::layer
