// Rung 1, for root: the squashfs image inside the bundle mounted where it lies, by a loop device
// that sees just that part of the file. In a mount namespace of the runner's own, so the host sees
// nothing and nothing is left: with the last process of the namespace the mount goes, with the
// mount the loop device (LO_FLAGS_AUTOCLEAR). And where to mount.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/fd.hh"
#include "tools/polecat/format.hh"

namespace mincs::polecat {

/// A loop device, read-only, over `part` of the file; it frees itself once its last user is gone.
/// Throws Error with a hint where the machine has none.
struct LoopDevice {
    std::string path;
    Fd fd;
};
LoopDevice attach_loop_device(int file, const Extent& part);

/// Mounts the image on the directory `place` of this mount namespace.
void mount_by_kernel(int bundle, const Extent& image, const std::string& place);

/// The first directory of `candidates` that exists and hides none of `needed`; throws Error if
/// there is none.
std::string choose_mount_point(const std::vector<std::string>& candidates,
                               const std::vector<std::string>& needed);

}  // namespace mincs::polecat
