// minc-dens as a program that is started: where it is, and the process that it becomes.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mincs::run {

/// PREFIX/libexec/mincs/minc-dens beside our own PREFIX/bin/minc. Throws Error where it is missing.
std::string dens_program();

/// Starts it with these words, in a session of its own, with `descriptors` of ours under other
/// numbers: {ours, its}; its stdin must be among them. Nobody waits for it.
void start_dens(const std::vector<std::string>& words,
                const std::vector<std::pair<int, int>>& descriptors);

}  // namespace mincs::run
