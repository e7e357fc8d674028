// --seccomp FILE: a profile in docker's format, an OCI filter whose rules may depend on the machine
// and on the container's capabilities.
#pragma once

#include <string>
#include <vector>

#include "libcore/container/architectures.hh"
#include "libcore/container/seccomp_rules.hh"

namespace mincs::container {

/// The rules that hold on such a machine for a container with these capabilities. Throws Error
/// naming the file and what in it is wrong.
SeccompProfile read_seccomp_file(const std::string& path, const std::vector<int>& capabilities,
                                 const Architecture& machine = own_architecture());

/// The same of a text; `what` names it in errors.
SeccompProfile parse_seccomp_file(std::string_view text, const std::vector<int>& capabilities,
                                  std::string_view what,
                                  const Architecture& machine = own_architecture());

}  // namespace mincs::container
