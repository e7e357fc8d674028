// The container's root, which the host has and the guest gets to see.
#pragma once

#include <string>

namespace mincs::guest {

/// At vm::kGuestRootAt. `kind`: "9p", "virtiofs" or "hostfs". Throws Error.
void mount_share(const std::string& kind);
/// All that was written is on the host's side afterwards.
void unmount_share();

}  // namespace mincs::guest
