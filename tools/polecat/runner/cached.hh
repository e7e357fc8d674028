// Rung 4, for where no namespaces are to be had: the image unpacked once into a cache directory,
// and the command run from there as an ordinary program, by its own loader and libraries. It is no
// container: it sees the host's files, and what it looks for by absolute path are the host's; the
// variables that tell common programs where their files are point into the cache.
#pragma once

#include "tools/polecat/runner/rungs.hh"

namespace mincs::polecat {

inline constexpr int kCachedRung = 4;

/// The directory with the bundle's files below $XDG_CACHE_HOME or ~/.cache, named by the image's
/// digest; unpacked if it is not there yet. Two at the same time are no harm, nor is a kill.
std::string unpack_into_cache(const Bundle& bundle, const std::vector<std::string>& environment);

/// Becomes the command. Throws Error, or CommandError where it cannot be executed.
[[noreturn]] void run_from_cache(const Bundle& bundle, const Caller& caller);

}  // namespace mincs::polecat
