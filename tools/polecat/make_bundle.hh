// polecat's one job from end to end: run, trace, close, pack, write.
#pragma once

#include "tools/polecat/options.hh"

namespace mincs::polecat {

/// Exit status 0, or an exception; no file is left then.
int make_bundle(const Options& options);

}  // namespace mincs::polecat
