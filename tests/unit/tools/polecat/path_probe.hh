// Makes every system call that names a path once, each with a name of its own, on x86-64 or, by
// "int 0x80", as an i386 program would. The list is not made from the tracer's table: what that
// forgets, this finds.
#pragma once

#include <string>
#include <vector>

namespace mincs::polecat {

enum class Abi { k64, k32 };

/// Whether this kernel runs i386's calls at all.
bool has_abi(Abi abi);

/// The names that probe() uses, all in `directory`: "openat-1", "rename-0", "rename-1" …
std::vector<std::string> probed_names(Abi abi);

/// Makes the calls; for a child. What they return does not matter. 0, or 1 where it could not
/// start.
int probe(Abi abi, const std::string& directory);

}  // namespace mincs::polecat
