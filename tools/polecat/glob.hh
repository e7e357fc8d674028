// Shell patterns over an untrusted tree: for rules, --include and ld.so.conf's include lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/root_dir.hh"

namespace mincs::polecat {

/// The paths that exist and match, sorted. Wildcards match within one component (fnmatch(3)); "/**"
/// at the end means everything below, and nothing of what links there lead to. A pattern without
/// wildcards gives itself if something is there. At most a million paths, else Error.
std::vector<std::string> glob(const fs::RootDir& root, const std::string& pattern);

/// Whether the pattern names this path or a directory above it; here "*" matches '/' too, so
/// "*.pem" means every such file.
bool matches(const std::string& pattern, const std::string& path);

/// All that is below this directory, sorted; nothing of what links there lead to.
std::vector<std::string> all_below(const fs::RootDir& root, const std::string& directory);

/// Whether it has a wildcard at all.
bool is_pattern(std::string_view text);

}  // namespace mincs::polecat
