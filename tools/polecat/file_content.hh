// Reads a file of the root that is being packed, block by block.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "libcore/fs/root_dir.hh"

namespace mincs::polecat {

/// Hands `take` all `size` bytes of the regular file at `path`, in blocks of `block_size` of which
/// only the last one may be shorter. Error if it is no longer of that size.
void read_content(const fs::RootDir& root, const std::string& path, std::uint64_t size,
                  std::size_t block_size, const std::function<void(std::string_view)>& take);

}  // namespace mincs::polecat
