// Files that the build puts into the program, so that polecat is one file itself.
#pragma once

#include <string_view>

#include "tools/polecat/pack.hh"

namespace mincs::polecat {

/// The bundle's runner: a static ELF program (runner/). The one that reads xz is larger, and always
/// packed (runner/packed/); the other one is, unless it must start fast.
std::string_view embedded_runner(PackCompression compression, bool must_start_fast);
/// rules.txt
std::string_view embedded_rules();
/// header.sh, with its placeholders
std::string_view embedded_header();

}  // namespace mincs::polecat
