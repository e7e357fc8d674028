// Resource limits of the command and what it starts (getrlimit(2)), as against those of the whole
// container (cgroup.hh).
#pragma once

#include <string_view>
#include <vector>

#include "libcore/container/spec.hh"

namespace mincs::container {

/// "nofile=1024" or "nofile=1024:4096" (soft and hard; "unlimited" is a number, too), with docker's
/// names. Throws UsageError.
Rlimit parse_ulimit(std::string_view text);

/// Container side, while still root. Throws SysError where we may not give so much ourselves.
void set_rlimits(const std::vector<Rlimit>& limits);

}  // namespace mincs::container
