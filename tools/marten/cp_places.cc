// See cp_places.hh.
#include "tools/marten/cp_places.hh"

#include <sys/stat.h>

#include "libcore/layer/disk_names.hh"

namespace mincs::marten {
namespace {

/// "c" of "/a/b/c//"; empty of "/", "." and "a/..", which have no name.
std::string leaf_of(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    const std::string_view leaf = path.substr(path.rfind('/') + 1);
    return leaf == "." || leaf == ".." ? "" : std::string(leaf);
}

/// "/a/b" of "/a/b/c/"; "." of "c".
std::string parent_of(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? "." : std::string(path.substr(0, slash + 1));
}

bool is_link(const fs::RootDir::Parent& place) {
    struct stat info;
    return fstatat(place.directory.get(), place.leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(info.st_mode);
}

/// Where the last name of `path` stands; of a link, where what it leads to stands or would stand.
fs::RootDir::Parent locate(const fs::RootDir& root, std::string path, bool follow) {
    constexpr int kMaxLinks = 40;  // as the kernel, path_resolution(7)
    for (int links = 0; links <= kMaxLinks; ++links) {
        fs::RootDir::Parent place = root.open_parent(path);
        if (!follow || !is_link(place)) return place;
        const std::string target = layer::read_link(place.directory.get(), place.leaf, path);
        path = target.starts_with('/') ? target : parent_of(path) + "/" + target;
    }
    throw SysError(ELOOP, "'{}'", printable(path));
}

CpDestination into_directory(const fs::RootDir& root, const std::string& path,
                             const CpSource& source, LinksBelow links) {
    if (links == LinksBelow::kConfined) return {root.subtree(path), ".", source.called};
    return {fs::RootDir(root.open_at(".", O_PATH | O_DIRECTORY), root.name()), path, source.called};
}

CpDestination make_for_content(fs::RootDir::Parent place, const CpSource& source,
                               const std::string& name) {
    struct stat like;
    check(fstat(source.tree.fd(), &like), "looking at {}", printable(source.tree.name()));
    check(mkdirat(place.directory.get(), place.leaf.c_str(), like.st_mode & 0777u), "making '{}'",
          printable(name));
    return {fs::RootDir(std::move(place.directory), parent_of(name)), place.leaf, ""};
}

}  // namespace

CpSide parse_cp_side(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (text.starts_with('/') || text.starts_with('.') || colon == std::string::npos) {
        if (text.empty()) throw UsageError("a path is empty");
        return {"", text};
    }
    CpSide side{text.substr(0, colon), text.substr(colon + 1)};
    if (side.container.empty() || side.path.empty())
        throw UsageError("'{}' is not CONTAINER:PATH", printable(text))
            .with_hint("a path of this machine with a ':' in it begins with '/' or './'");
    return side;
}

CpSource find_cp_source(const fs::RootDir& root, const std::string& path, bool follow) {
    const std::string called = leaf_of(path);
    if (called.empty()) return {root.subtree(path), "", "", true};
    const bool wants_directory = path.ends_with('/');
    fs::RootDir::Parent place = locate(root, path, follow || wants_directory);
    struct stat info;
    check(fstatat(place.directory.get(), place.leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW),
          "'{}' in {}", printable(path), printable(root.name()));
    if (wants_directory && !S_ISDIR(info.st_mode))
        throw SysError(ENOTDIR, "'{}' in {}", printable(path), printable(root.name()));
    if (S_ISSOCK(info.st_mode))
        throw Error("'{}' in {} is a socket: only its process could give it meaning",
                    printable(path), printable(root.name()));
    return {fs::RootDir(std::move(place.directory), root.name()), place.leaf, called,
            S_ISDIR(info.st_mode)};
}

CpDestination find_cp_destination(const fs::RootDir& root, const std::string& path,
                                  const CpSource& source, LinksBelow links) {
    const auto existing = root.stat_if_exists(path);
    if (existing && S_ISDIR(existing->st_mode)) return into_directory(root, path, source, links);
    if (existing && source.is_directory)
        throw Error("'{}' in {} is no directory: a directory cannot be copied onto it",
                    printable(path), printable(root.name()));
    const bool wants_directory = path.ends_with('/') || leaf_of(path).empty();
    if (wants_directory && !source.is_directory)
        throw SysError(existing ? ENOTDIR : ENOENT, "the directory '{}' in {}", printable(path),
                       printable(root.name()));
    fs::RootDir::Parent place = locate(root, path, true);
    if (source.name.empty()) return make_for_content(std::move(place), source, path);
    return {fs::RootDir(std::move(place.directory), root.name()), ".", place.leaf};
}

}  // namespace mincs::marten
