// The two programs in a guest: our own /init (tools/minc-guest), and busybox for the maintenance
// shell. Both are static, as there are no libraries beside them.
#pragma once

#include <filesystem>
#include <string>

#include "tools/ermine-breeder/packages.hh"

namespace mincs::breeder {

/// PREFIX/libexec/mincs/minc-guest beside our own PREFIX/bin, "minc-guest-arm64" for a machine that
/// is not ours; or `chosen` where that is not empty. Throws Error where it is missing, is not
/// static, or is for another machine.
std::filesystem::path init_program(const std::string& arch, const std::string& chosen);

/// The same check for any program. `what` names it in errors.
void check_static_program(const std::string& file, const std::string& arch,
                          const std::string& what);

/// The digest of both: a kit with another one has old programs.
std::string programs_recipe(const std::filesystem::path& init, const Package& busybox);

}  // namespace mincs::breeder
