// Looking around in an image's tree, where a loop of links, a name too long or an entry that may
// not be read is no error but something that is not there.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/root_dir.hh"

namespace mincs::polecat {

/// As RootDir::open_if_exists(); also nothing where the path cannot be followed to an end.
std::optional<Fd> open_if_usable(const fs::RootDir& root, std::string_view path, int flags);

/// stat(2) of a regular file, links followed inside the root; else nothing.
std::optional<struct stat> stat_regular(const fs::RootDir& root, std::string_view path);

/// A regular file for reading, else nothing. A fifo or device in its place is not opened.
std::optional<Fd> open_regular(const fs::RootDir& root, std::string_view path);

/// A small text file; nothing where there is none, or one of more than 64 MiB.
std::optional<std::string> read_text(const fs::RootDir& root, std::string_view path);

/// lstat(2) of a path whose directories are all real ones (no links on the way): a path of the
/// closure.
std::optional<struct stat> stat_entry(const fs::RootDir& root, const std::string& path);

/// The target of a symbolic link at such a path.
std::string read_link_target(const fs::RootDir& root, const std::string& path);

/// Whether `path` is `directory` or lies below it; by text, both absolute.
bool is_at_or_below(std::string_view path, std::string_view directory);

}  // namespace mincs::polecat
