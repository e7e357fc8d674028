// What a directory holds.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs {

/// All names but "." and "..", bytewise ascending. `directory` may be O_PATH, and is not moved on.
/// Throws SysError, in which `path` names it.
std::vector<std::string> sorted_names(int directory, const std::string& path);
/// Like that, of one that is open for reading (O_RDONLY), which is closed; the caller needs no
/// right to search it.
std::vector<std::string> sorted_names(Fd directory, const std::string& path);

}  // namespace mincs
