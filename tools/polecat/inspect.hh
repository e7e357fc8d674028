// What can be done with a bundle without running it: `polecat info`, `polecat verify` and
// `polecat extract`. They need no root, trust nothing in the file, and know one format version.
#pragma once

#include <string>
#include <vector>

namespace mincs::polecat {

/// Whether this first word of polecat's command line is one of them.
bool is_inspection(const std::string& word);

/// `words` are those after "polecat". The exit status; throws Error or UsageError.
int inspect(const std::vector<std::string>& words);

}  // namespace mincs::polecat
