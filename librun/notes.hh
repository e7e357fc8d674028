// What a container's owner said about it once and for all its runs: kept in its directory, and read
// by those who start it again or tell about it.
#pragma once

#include <optional>
#include <string>

#include "db/layout.hh"

namespace mincs::run {

/// Texts in UTF-8; nothing where nothing was said.
struct Notes {
    std::optional<std::string> memo;
    std::optional<std::string> start_hook;  ///< see hooks.hh
    std::optional<std::string> stop_hook;

    bool empty() const { return !memo && !start_hook && !stop_hook; }
};

/// No notes where there is no such file.
Notes read_notes(const db::ContainerDirectory& directory);
/// For the holder of the container's lock.
void write_notes(const db::ContainerDirectory& directory, const Notes& notes);

}  // namespace mincs::run
