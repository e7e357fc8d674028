// See btrfs.hh.
#include "libcore/fs/btrfs.hh"

#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstring>

namespace mincs::fs {
namespace {

/// Every subvolume's root directory has this inode (BTRFS_FIRST_FREE_OBJECTID).
constexpr ino_t kSubvolumeRoot = 256;

bool is_subvolume(int fd) {
    struct statfs file_system;
    struct stat status;
    return fstatfs(fd, &file_system) == 0 && file_system.f_type == BTRFS_SUPER_MAGIC &&
           fstat(fd, &status) == 0 && status.st_ino == kSubvolumeRoot;
}

}  // namespace

std::optional<BtrfsSnapshot> BtrfsSnapshot::make(int subvolume, const std::string& parent,
                                                 const std::string& name) {
    if (!is_subvolume(subvolume)) return std::nullopt;
    Fd directory(
        check(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'", parent));
    btrfs_ioctl_vol_args_v2 arguments = {};
    if (name.size() > BTRFS_SUBVOL_NAME_MAX) return std::nullopt;
    arguments.fd = subvolume;
    std::memcpy(arguments.name, name.c_str(), name.size());
    if (ioctl(directory.get(), BTRFS_IOC_SNAP_CREATE_V2, &arguments) == -1) {
        if (errno == EXDEV || errno == ENOTTY) return std::nullopt;
        throw SysError(errno, "making a snapshot in '{}'", parent);
    }
    return BtrfsSnapshot(std::move(directory), parent, name);
}

BtrfsSnapshot::~BtrfsSnapshot() {
    if (!directory_) return;
    btrfs_ioctl_vol_args arguments = {};
    std::memcpy(arguments.name, name_.c_str(), name_.size());
    // Where it fails, the owner of `parent` deletes it like other directories.
    ioctl(directory_.get(), BTRFS_IOC_SNAP_DESTROY, &arguments);
}

}  // namespace mincs::fs
