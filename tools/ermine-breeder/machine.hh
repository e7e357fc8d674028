// How a guest is booted all by itself, to see whether it works: the kernel's console, and so the
// maintenance shell, on stdin and stdout. minc has a way of its own, with a root and a command.
#pragma once

#include <string>
#include <vector>

#include "libermine/kit.hh"

namespace mincs::breeder {

/// The kernel's word for "no container, a shell of busybox" (tools/minc-guest).
inline constexpr const char* kShellWord = "ermine.shell";

/// The program and its words. It emulates the processor, which works everywhere. `run_directory` is
/// user-mode Linux's, for its own files.
std::vector<std::string> machine_command(const ermine::Kit& kit,
                                         const std::filesystem::path& run_directory);

/// Debian's package with that program; empty where the kit has it itself.
std::string machine_package(const std::string& arch);

}  // namespace mincs::breeder
