// What a directory holds.
#pragma once

#include <string>
#include <vector>

namespace mincs {

/// All names but "." and "..", bytewise ascending. `directory` may be O_PATH, and is not moved on.
/// Throws SysError, in which `path` names it.
std::vector<std::string> sorted_names(int directory, const std::string& path);

}  // namespace mincs
