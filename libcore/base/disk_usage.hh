// What a tree takes on the disk, counted as du(1) counts: for users of `df`, and for whoever wants
// to know what deleting would give back.
#pragma once

#include <cstdint>
#include <filesystem>

namespace mincs {

/// Bytes of the blocks of `path` and, if it is a directory, of all below it; a file with several
/// names in the tree once. Follows no link, leaves out what is mounted below, takes any depth with
/// few descriptors, and does not mind what goes away meanwhile. 0 where there is nothing.
std::int64_t disk_usage(const std::filesystem::path& path);

}  // namespace mincs
