// See mount_points.hh.
#include "libcore/container/mount_points.hh"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <optional>

#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::container {
namespace {

bool is_directory(int fd) {
    struct stat info;
    check(fstat(fd, &info), "examining a mount's source");
    return S_ISDIR(info.st_mode);
}

/// A directory keeps its times while something is made in it that nobody shall notice.
class KeptTimes {
 public:
    explicit KeptTimes(int directory) : path_(fs::proc_path(directory)) {
        check(fstat(directory, &before_), "looking at a mount point's directory");
    }
    KeptTimes(const KeptTimes&) = delete;
    ~KeptTimes() {
        const timespec times[2] = {before_.st_atim, before_.st_mtim};
        utimensat(AT_FDCWD, path_.c_str(), times, 0);
    }

 private:
    std::string path_;
    struct stat before_;
};

/// Where the file system takes no such attribute, the mount point is taken for a change, ignoring.
void mark(int directory, const char* name) {
    const std::string path = fs::proc_path(directory) + "/" + name;
    lsetxattr(path.c_str(), fs::mount_point_mark(), "", 0, 0);
}

}  // namespace

Fd MountPoints::make_directories(const std::string& path) const {
    if (!is_marked_) return root_.make_directories(path);
    return root_.make_directories(path, [](int parent, const char* name) {
        const KeptTimes times(parent);
        const int result = mkdirat(parent, name, 0755);
        if (result == 0) mark(parent, name);
        return result;
    });
}

/// A dangling link in a file's place is replaced, as what it names belongs to the image's idea of
/// another system (systemd's /run/…/resolv.conf).
Fd MountPoints::open_file(const std::string& path) const {
    if (auto existing = root_.open_if_exists(path, O_PATH)) return std::move(*existing);
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0) make_directories(path.substr(0, slash));
    const auto [directory, leaf] = root_.open_parent(path);
    std::optional<KeptTimes> times;
    if (is_marked_) times.emplace(directory.get());
    if (unlinkat(directory.get(), leaf.c_str(), 0) == -1 && errno != ENOENT)
        throw SysError(errno, "replacing '{}'", printable(path));
    Fd(check(openat(directory.get(), leaf.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644),
             "creating the mount point '{}'", printable(path)));
    if (is_marked_) mark(directory.get(), leaf.c_str());
    return root_.open_at(path, O_PATH);
}

/// The kernel's own file systems want their very place: a link there is an attack or a broken
/// image.
Fd MountPoints::open_system_directory(const std::string& path) const {
    constexpr int kFlags = O_PATH | O_DIRECTORY;
    try {
        try {
            return root_.open_no_links(path, kFlags);
        } catch (const SysError& error) {
            if (error.code() != ENOENT) throw;
            make_directories(path);
            return root_.open_no_links(path, kFlags);
        }
    } catch (const SysError& error) {
        if (error.code() != ELOOP && error.code() != ENOTDIR) throw;
        throw Error("mounting on '{}': in {} it is, or lies below, something that is no directory",
                    path, root_.name());
    }
}

Fd MountPoints::open(const Mount& mount, int source) const {
    if (mount.type != "bind") return open_system_directory(mount.destination);
    if (!is_directory(source)) return open_file(mount.destination);
    return make_directories(mount.destination);
}

}  // namespace mincs::container
