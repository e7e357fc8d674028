// Which files of a bundle every start reads: the program, its loader and libraries. The runner
// reads them while the container is still being made, and --fast stores them as they are.
#pragma once

#include <string>
#include <vector>

#include "tools/polecat/closure.hh"

namespace mincs::polecat {

/// Of the closure's files, what is loaded when `program`, a path in `root`, is started, in the
/// loader's order. Few and not too large, as reading what is not needed costs time, too.
/// Empty where there is no such program.
std::vector<std::string> first_files(const fs::RootDir& root, const Closure& closure,
                                     const std::string& program);

}  // namespace mincs::polecat
