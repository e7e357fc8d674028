// Files that the build puts into the program, so that polecat is one file itself.
#pragma once

#include <string_view>

#include "tools/polecat/pack.hh"

namespace mincs::polecat {

/// The bundle's runner: a static ELF program (runner/). There are two, as the one that reads xz is
/// larger.
std::string_view embedded_runner(PackCompression compression);
/// rules.txt
std::string_view embedded_rules();
/// header.sh, with its placeholders
std::string_view embedded_header();

}  // namespace mincs::polecat
