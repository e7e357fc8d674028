// What a kernel of our own has: a fragment of options (kconfig/*.config) laid upon the kernel's
// tinyconfig. The kernel's rules may silently take a line back, which is found out here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mincs::breeder {

extern const char* const kQemuFragment;
extern const char* const kUmFragment;

/// The fragment for "x86_64" or "um". Throws UsageError for what we build no kernel for.
std::string fragment_for(const std::string& arch);

/// The fragment without comments and blank lines, sorted: what counts of it.
std::string effective(std::string_view fragment);

/// The lines of `fragment` that do not hold in `config`, a kernel's .config after olddefconfig. An
/// option that is to be "n" may be missing or "is not set" there.
std::vector<std::string> lines_not_taken(std::string_view fragment, std::string_view config);

}  // namespace mincs::breeder
