// See tree_listing.hh. Written with std::filesystem and path strings, so that it shares no code
// with what it judges.
#include "tests/unit/libcore/layer/tree_listing.hh"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "libcore/base/digest.hh"
#include "libcore/base/files.hh"

namespace mincs::layer {
namespace {

namespace stdfs = std::filesystem;

std::string xattrs_of(const std::string& path) {
    char list[4096];
    const ssize_t size = llistxattr(path.c_str(), list, sizeof list);
    std::vector<std::string> found;
    for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(found.back().size()) + 1)
        found.emplace_back(list + at);
    std::sort(found.begin(), found.end());
    std::string text;
    for (const std::string& name : found) {
        char value[4096];
        const ssize_t got = lgetxattr(path.c_str(), name.c_str(), value, sizeof value);
        text += fmt::format(" {}=", name);
        for (ssize_t i = 0; i < got; ++i)
            text += fmt::format("{:02x}", static_cast<unsigned char>(value[i]));
    }
    return text;
}

}  // namespace

std::string list_tree(const std::string& root) {
    std::vector<std::string> paths{root};
    for (const auto& entry : stdfs::recursive_directory_iterator(root))
        paths.push_back(entry.path().native());
    std::sort(paths.begin(), paths.end());
    std::map<std::pair<dev_t, ino_t>, std::string> first_names;
    std::string text;
    for (const std::string& path : paths) {
        const std::string name = path.substr(root.size());
        struct stat status;
        if (lstat(path.c_str(), &status) != 0) continue;
        text +=
            fmt::format("{} {:o} {}:{} {}.{:09}", printable(name), status.st_mode, status.st_uid,
                        status.st_gid, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
        if (S_ISLNK(status.st_mode)) text += " -> " + printable(stdfs::read_symlink(path).native());
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
            text += fmt::format(" {},{}", major(status.st_rdev), minor(status.st_rdev));
        if (!S_ISDIR(status.st_mode) && status.st_nlink > 1)
            text += fmt::format(
                " links {} {}", status.st_nlink,
                printable(
                    first_names.try_emplace({status.st_dev, status.st_ino}, name).first->second));
        if (S_ISREG(status.st_mode))
            text +=
                fmt::format(" {} {}", status.st_size, Digest::of(read_file(path, 1u << 30)).hex());
        text += xattrs_of(path) + "\n";
    }
    return text;
}

}  // namespace mincs::layer
