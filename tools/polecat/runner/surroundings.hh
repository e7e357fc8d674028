// The runner needs a mount namespace of its own, a /proc, a /dev and a directory to mount on. Where
// it is started in a chroot or an empty directory these are missing: it makes them, seen by nobody
// else. An ordinary user's root must have a /proc and a /dev.
#pragma once

namespace mincs::polecat {

/// In a mount namespace of our own, whose mounts become private. After it "/" is a mount point, as
/// pivot_root(2) wants it, even where we were in a chroot.
/// `is_privileged`: not in a user namespace of our own, so file systems and devices can be made.
void provide_surroundings(bool is_privileged);

}  // namespace mincs::polecat
