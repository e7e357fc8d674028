// The filter of system calls that a container has unless it is given another: the allow-list of
// seccomp_profile.hh, what needs a look at an argument, and what goes with a capability.
#pragma once

#include <string>
#include <vector>

#include "libcore/container/architectures.hh"
#include "libcore/container/seccomp_rules.hh"

namespace mincs::container {

/// What filters call a machine ("SCMP_ARCH_AARCH64"), and behind that those whose programs its
/// kernel runs, too. Throws Error where it has none here.
std::vector<std::string> seccomp_architectures(const Architecture& machine);

/// For a container that keeps these capabilities, on such a machine.
SeccompProfile builtin_seccomp_profile(const std::vector<int>& capabilities,
                                       const Architecture& machine = own_architecture());

/// Whether these capabilities open calls that are closed without them: then the program that was
/// compiled with this one (seccomp.hh) is too narrow.
bool widens_builtin_profile(const std::vector<int>& capabilities);

}  // namespace mincs::container
