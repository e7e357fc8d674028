// Directories that a layer's tar has no entry of, marked on the disk until the layer is settled:
// there may be millions, and the disk has them anyway. No finished layer has the mark
// (fs::implied_mark()), and none may bring it.
#pragma once

#include <string>

namespace mincs::layer {

/// Of the entry `name` of a directory, by any descriptor; a link at its end is not followed. Throw
/// SysError naming it.
void set_implied(int directory, const std::string& name);
bool is_implied(int directory, const std::string& name);
/// True where it was marked.
bool clear_implied(int directory, const std::string& name);

}  // namespace mincs::layer
