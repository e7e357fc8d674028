// Programs of the host: where they are, and how execve(2) wants its words.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mincs {

/// By its name in the folders of PATH (of which relative ones do not count: what is found must not
/// depend on a working directory); nothing where it is in none.
std::optional<std::string> find_program(const std::string& name);

/// As argv and envp: pointers into `strings`, which must outlive them, and a null.
std::vector<char*> to_c_array(const std::vector<std::string>& strings);

}  // namespace mincs
