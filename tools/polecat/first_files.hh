// Which files of a bundle every start reads. First the program, its loader and libraries, and what
// else of that kind a run opened: other programs, modules such as Python's; then whatever else a
// run opened. The runner reads them while the container is still being made, and they are stored as
// they are as far as there is room (start_budget.hh), with --fast all of them. What a run opened
// beyond that stands together in the image, as the many small files next to it that no run wanted
// (the rules' neighbours) would have to be decompressed with it.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tools/polecat/closure.hh"
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

/// So many at most are named, and read.
inline constexpr std::size_t kMostFirstFiles = 256;

/// Of the closure's regular files, those that a run opened or executed.
std::set<std::string> opened_files(const Closure& closure, const std::vector<TracedRun>& runs);

/// Of the closure's files, what is loaded when `program`, a path in `root`, is started, in the
/// loader's order, then the programs and libraries among `opened`, each with what it loads, then
/// the others of `opened`. At most kMostFirstFiles, and not too large, as reading what is not
/// needed costs time, too.
std::vector<std::string> first_files(const fs::RootDir& root, const Closure& closure,
                                     const std::string& program,
                                     const std::set<std::string>& opened);

}  // namespace mincs::polecat
