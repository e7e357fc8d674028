// A container's root as one directory that is nobody else's: what an overlay would show, copied.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mincs::run {

/// Copies the stack (host directories, topmost first) to `copy`, which appears when it is whole:
/// owners, modes, times, links, attributes, holes; by reflinks where there are some. `view` is a
/// directory to see the stack at meanwhile; none: nothing can show it, so layer is copied upon
/// layer. Throws Error.
void copy_root(const std::vector<std::string>& stack,
               const std::optional<std::filesystem::path>& view, const std::filesystem::path& copy);

}  // namespace mincs::run
