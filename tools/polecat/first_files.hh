// Which files of a bundle every start reads: the program, its loader and libraries. The runner
// reads them while the container is still being made, and they are stored as they are as far as
// there is room (start_budget.hh), with --fast all of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/polecat/closure.hh"

namespace mincs::polecat {

/// So many at most are named, and read.
inline constexpr std::size_t kMostFirstFiles = 64;

/// Of the closure's files, what is loaded when `program`, a path in `root`, is started, in the
/// loader's order. Few and not too large, as reading what is not needed costs time, too.
/// Empty where there is no such program.
std::vector<std::string> first_files(const fs::RootDir& root, const Closure& closure,
                                     const std::string& program);

}  // namespace mincs::polecat
