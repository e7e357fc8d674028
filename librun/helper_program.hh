// Programs that minc starts, the suite's and the host's: where they are.
#pragma once

#include <string>

namespace mincs::run {

/// PREFIX/libexec/mincs/NAME beside our own PREFIX/bin/minc. Throws Error where it is missing;
/// `purpose` is what cannot be had then ("such a network").
std::string helper_program(const std::string& name, const std::string& purpose);

/// A program of the host by its name, looked for in the caller's PATH and where distributions keep
/// them; empty: it is not there.
std::string find_program(const std::string& name);

}  // namespace mincs::run
