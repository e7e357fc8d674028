// Programs of the suite that minc starts: where they are.
#pragma once

#include <string>

namespace mincs::run {

/// PREFIX/libexec/mincs/NAME beside our own PREFIX/bin/minc. Throws Error where it is missing;
/// `purpose` is what cannot be had then ("such a network").
std::string helper_program(const std::string& name, const std::string& purpose);

}  // namespace mincs::run
