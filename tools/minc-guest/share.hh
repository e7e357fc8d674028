// What the host shares with the guest: the root, and the binds that the guest makes.
#pragma once

#include <string>

namespace mincs::guest {

/// Mounts it at vm::kGuestShareAt. `kind`: "9p", "virtiofs" or "hostfs". Throws Error.
void mount_share(const std::string& kind);
/// All that was written is on the host's side afterwards.
void unmount_share();

}  // namespace mincs::guest
