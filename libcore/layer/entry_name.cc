// See entry_name.hh.
#include "libcore/layer/entry_name.hh"

#include <algorithm>

#include "libcore/base/error.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/file_maker.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

constexpr std::size_t kMaxName = 255;  // NAME_MAX of Linux, in bytes

/// The first directory on the way that has a whiteout's name; empty: none.
std::string_view whiteout_on_the_way(std::string_view parent) {
    while (!parent.empty()) {
        const std::string_view name = parent.substr(0, parent.find('/'));
        if (name.starts_with(kWhiteoutPrefix)) return name;
        parent.remove_prefix(std::min(parent.size(), name.size() + 1));
    }
    return {};
}

/// Of a leaf that begins as a whiteout does.
EntryName read_whiteout(const TarEntry& entry, EntryPath path) {
    if (path.leaf == kOpaqueMarker) return {NameMeaning::kOpaque, std::move(path)};
    if (path.leaf.starts_with(kWhiteoutMetaPrefix)) return {};
    path.leaf.erase(0, kWhiteoutPrefix.size());
    if (path.leaf.empty() || path.leaf == "." || path.leaf == "..")
        refuse(entry, "a whiteout must name an entry of its directory");
    return {NameMeaning::kWhiteout, std::move(path)};
}

}  // namespace

void refuse(const TarEntry& entry, std::string_view why) {
    throw Error("{}: {}", describe(entry), why);
}

EntryPath checked_path(const TarEntry& entry, std::string_view path) {
    if (path.empty()) refuse(entry, "a path in it is empty");
    // Some builders write the root as "/"; it names nothing outside.
    if (path.front() == '/' && path.find_first_not_of('/') != std::string_view::npos)
        refuse(entry, "absolute names are refused");
    EntryPath result;
    std::size_t depth = 0;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (name.empty() || name == ".") continue;
        if (name == "..") refuse(entry, "names with '..' are refused");
        if (name.size() > kMaxName) refuse(entry, "a name in it is longer than 255 bytes");
        if (++depth > kMaxDepth)
            refuse(entry, fmt::format("more than {} directories deep", kMaxDepth));
        if (!result.leaf.empty()) result.parent += (result.parent.empty() ? "" : "/") + result.leaf;
        result.leaf = name;
    }
    return result;
}

EntryName read_name(const TarEntry& entry) {
    EntryPath path = checked_path(entry, entry.path);
    if (path.leaf.empty()) {
        if (entry.type != EntryType::kDirectory) refuse(entry, "the root must be a directory");
        return {NameMeaning::kRoot, {}};
    }
    const std::string_view whiteout_directory = whiteout_on_the_way(path.parent);
    // aufs kept its hard links in ".wh..wh.plnk/".
    if (whiteout_directory.starts_with(kWhiteoutMetaPrefix)) return {};
    if (!whiteout_directory.empty()) refuse(entry, "a whiteout has nothing in it");
    if (path.leaf.starts_with(kWhiteoutPrefix)) return read_whiteout(entry, std::move(path));
    return {NameMeaning::kEntry, std::move(path)};
}

EntryPath hard_link_target(const TarEntry& entry) {
    EntryPath target = checked_path(entry, entry.link_target);
    if (target.leaf.empty()) refuse(entry, "a hard link to the root is refused");
    return target;
}

}  // namespace mincs::layer
