// See fuse_notes.hh. Walks by descriptor and through no link: what is in there a container's
// command has made.
#include "libcore/fs/fuse_notes.hh"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "libcore/base/directory.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::fs {
namespace {

constexpr const char* kOpaqueNote = "user.fuseoverlayfs.opaque";
constexpr const char* kOriginNote = "user.fuseoverlayfs.origin";
/// A file in an opaque directory, and a device that stands for ".opq" being removed.
constexpr const char* kOpaqueFile = ".wh..wh..opq";
constexpr const char* kOpaqueDevice = ".wh..opq";
constexpr int kMaxDepth = 512;  // as layer_pack's

bool is_missing(int code) {
    return code == ENODATA || code == ENOTSUP || code == ENOENT;
}

/// `proc_name` is not followed at its end.
void remove_note(const std::string& proc_name, const char* note, const std::string& path) {
    if (lremovexattr(proc_name.c_str(), note) == 0) return;
    // EPERM: links and devices bear none (xattr(7)).
    if (!is_missing(errno) && errno != EPERM)
        throw SysError(errno, "removing '{}' of '{}'", note, printable(path));
}

void mark_opaque(const Fd& directory, const std::string& path) {
    check(fsetxattr(directory.get(), opaque_attribute(), "y", 1, 0), "marking '{}' as opaque",
          printable(path));
}

/// Of a directory that has notes; the mark first, so that nothing hidden is ever to be seen.
void settle_directory(const Fd& directory, const std::string& path) {
    struct stat file, device, own;
    const bool has_file = fstatat(directory.get(), kOpaqueFile, &file, AT_SYMLINK_NOFOLLOW) == 0;
    const bool has_device =
        fstatat(directory.get(), kOpaqueDevice, &device, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISCHR(device.st_mode) && device.st_rdev == makedev(0, 0);
    const std::string name = proc_path(directory.get());
    const bool has_note = getxattr(name.c_str(), kOpaqueNote, nullptr, 0) >= 0;
    if (!has_file && !has_device && !has_note) return;
    check(fstat(directory.get(), &own), "looking at '{}'", printable(path));
    if (has_file || has_note) mark_opaque(directory, path);
    for (const auto& [is_there, leaf] :
         {std::pair(has_file, kOpaqueFile), {has_device, kOpaqueDevice}})
        if (is_there)
            check(unlinkat(directory.get(), leaf, 0), "removing '{}/{}'", printable(path), leaf);
    remove_note(name + "/.", kOpaqueNote, path);
    const timespec times[2] = {own.st_atim, own.st_mtim};
    check(futimens(directory.get(), times), "setting the times of '{}'", printable(path));
}

void settle_below(const Fd& directory, const std::string& path, int depth) {
    if (depth > kMaxDepth)
        throw Error("'{}': more than {} directories deep", printable(path.substr(0, 300)),
                    kMaxDepth);
    settle_directory(directory, path);
    for (const std::string& name : sorted_names(directory.get(), path)) {
        const std::string child = path + "/" + name;
        remove_note(proc_path(directory.get()) + "/" + name, kOriginNote, child);
        const Fd below(openat(directory.get(), name.c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (below)
            settle_below(below, child, depth + 1);
        else if (errno != ENOTDIR && errno != ELOOP)
            throw SysError(errno, "opening '{}'", printable(child));
    }
}

}  // namespace

bool takes_whiteouts(const std::string& directory) {
    const std::string path = directory + "/.probe-of-whiteouts";
    if (mknod(path.c_str(), S_IFCHR, makedev(0, 0)) == -1 && errno != EEXIST) return false;
    check(unlink(path.c_str()), "removing '{}'", printable(path));
    return true;
}

void settle_fuse_notes(const std::string& upper) {
    const Fd root(check(open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                        printable(upper)));
    settle_below(root, upper, 0);
}

}  // namespace mincs::fs
