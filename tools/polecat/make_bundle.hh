// polecat's one job from end to end: run, trace, close, prove, pack, write; or one half of it.
#pragma once

#include "tools/polecat/options.hh"

namespace mincs::polecat {

/// Exit status of a bundle that was written, but whose proof did not hold.
inline constexpr int kNotProven = 3;

/// `polecat ROOT COMMAND` and `polecat pack`: exit status 0 or kNotProven, or an exception; no file
/// is left then.
int make_bundle(const Options& options);

/// `polecat trace`: writes what the commands showed. Exit status 0, or an exception.
int make_trace(const Options& options);

}  // namespace mincs::polecat
