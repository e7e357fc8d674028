// minc-dens check: whether this kernel and this installation can make a network at all.
#pragma once

namespace mincs::dens {

/// Makes a bridge, a pair and a table in the caller's network namespace, which is one for nothing
/// else. Throws Error with what failed.
void probe_networks();

}  // namespace mincs::dens
