// The kernel's mount API by descriptor (fsopen(2), fsmount(2), open_tree(2), move_mount(2),
// mount_setattr(2)): a mount is made detached, given its flags, and then put on a directory that
// was opened safely before, so no path is ever looked up twice. Also the parsing of
// /proc/PID/mountinfo.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs::fs {

/// MOUNT_ATTR_RDONLY, for those who include no <sys/mount.h>.
inline constexpr std::uint64_t kReadOnly = 1;

/// A parameter of a file system: "mode=0755", or a flag without '='.
using MountParameter = std::string;

/// A new file system of `type`, mounted nowhere yet. `attributes`: MOUNT_ATTR_RDONLY |
/// MOUNT_ATTR_NOSUID | … .
Fd new_filesystem(const std::string& type, const std::vector<MountParameter>& parameters,
                  std::uint64_t attributes);

/// A detached bind mount of what `path` names, relative to `dir_fd` (AT_FDCWD; or with an empty
/// path the descriptor itself). `recursive` takes the mounts below along.
Fd clone_mount(int dir_fd, const std::string& path, bool recursive);

/// Adds attributes (MOUNT_ATTR_*) to a mount.
void add_mount_attributes(int mount_fd, std::uint64_t attributes, bool recursive);

/// Puts a detached mount onto the directory or file that `target_fd` (O_PATH) is. `what` names it
/// in errors.
void attach_mount(int mount_fd, int target_fd, std::string_view what);

/// Cuts this mount namespace off from the host's: nothing mounted here is seen there
/// (mount_namespaces(7)).
void make_all_mounts_private();

/// "ro", "nosuid", "nodev", "noexec", "noatime" as MOUNT_ATTR_* bits; what is none of them goes to
/// `rest`.
std::uint64_t mount_attributes(const std::vector<std::string>& options,
                               std::vector<std::string>& rest);

/// A line of /proc/PID/mountinfo (proc(5)).
struct MountInfo {
    std::string root;         ///< what of the file system is mounted
    std::string mount_point;  ///< octal escapes undone
    std::string type;         ///< "ext4", "cgroup2"
    std::string source;
    std::string super_options;  ///< "rw,memory" for a v1 cgroup
};
std::vector<MountInfo> parse_mountinfo(std::string_view text);
/// This process's.
std::vector<MountInfo> read_mountinfo();

}  // namespace mincs::fs
