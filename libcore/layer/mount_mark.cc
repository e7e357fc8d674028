// See mount_mark.hh.
#include "libcore/layer/mount_mark.hh"

#include <sys/xattr.h>

#include <algorithm>

#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/disk_names.hh"

namespace mincs::layer {
namespace {

bool is_bare(int directory, const std::string& name, const struct stat& status, std::size_t depth) {
    const bool is_directory = S_ISDIR(status.st_mode);
    if (!is_directory && (!S_ISREG(status.st_mode) || status.st_size > 0)) return false;
    const std::string path = fs::proc_path(directory) + "/" + name;
    if (lgetxattr(path.c_str(), fs::mount_point_mark(), nullptr, 0) == -1) return false;
    if (!is_directory) return true;
    const Fd opened(
        openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened || depth == kMaxDepth) return false;
    const std::vector<std::string> below = sorted_names(opened.get(), name);
    return std::all_of(below.begin(), below.end(), [&](const std::string& entry) {
        struct stat found;
        return fstatat(opened.get(), entry.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
               is_bare(opened.get(), entry, found, depth + 1);
    });
}

}  // namespace

bool is_bare_mount_point(int directory, const std::string& name, const struct stat& status) {
    return is_bare(directory, name, status, 0);
}

}  // namespace mincs::layer
