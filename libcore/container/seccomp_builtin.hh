// The filter of system calls that a container has unless it is given another: the allow-list of
// seccomp_profile.hh, what needs a look at an argument, and what goes with a capability.
#pragma once

#include <vector>

#include "libcore/container/seccomp_rules.hh"

namespace mincs::container {

/// For a container that keeps these capabilities.
SeccompProfile builtin_seccomp_profile(const std::vector<int>& capabilities);

/// Whether these capabilities open calls that are closed without them: then the program that was
/// compiled with this one (seccomp.hh) is too narrow.
bool widens_builtin_profile(const std::vector<int>& capabilities);

}  // namespace mincs::container
