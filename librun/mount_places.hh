// Places to mount on for what almost every container has and many an image lacks: /etc/hosts, in an
// image without a system also /proc. They lie in one directory of the store that is the lowest of
// every overlay; else each start would make them in the container's upper directory, copying /etc
// up, and remove them again.
#pragma once

#include <string>
#include <vector>

#include "db/layout.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

/// For OverlayRoot::mount_places: the directory, made where missing. Empty where it cannot be made,
/// or one of the places is no destination of `mounts`, as a container shall not see a place on
/// which nothing is mounted.
std::string provide_mount_places(const db::Layout& layout,
                                 const std::vector<container::Mount>& mounts);

}  // namespace mincs::run
