// Decompresses a runner; by unfold_zstd.cc or unfold_xz.cc.
#pragma once

#include <cstddef>

namespace mincs::polecat {

/// Whether `from` became exactly `room` bytes at `to`.
bool unfold(const char* from, std::size_t size, char* to, std::size_t room);

}  // namespace mincs::polecat
