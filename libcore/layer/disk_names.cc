// See disk_names.hh.
#include "libcore/layer/disk_names.hh"

#include <dirent.h>
#include <sys/xattr.h>

#include <algorithm>
#include <memory>

#include "libcore/base/fd.hh"
#include "libcore/fs/device_note.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/owner_note.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::layer {
namespace {

struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
};

/// Calls one of the getxattr family until its answer fits. Empty where there is nothing.
template <typename Get>
std::string read_xattr_buffer(const std::string& path, const Get& get) {
    while (true) {
        const ssize_t size = get(nullptr, 0);
        if (size < 0 && (errno == ENOTSUP || errno == ENODATA)) return {};
        std::string buffer(
            static_cast<std::size_t>(check(size, "attributes of '{}'", printable(path))), '\0');
        const ssize_t got = get(buffer.data(), buffer.size());
        if (got < 0 && errno == ERANGE) continue;
        buffer.resize(static_cast<std::size_t>(check(got, "attributes of '{}'", printable(path))));
        return buffer;
    }
}

}  // namespace

std::vector<std::string> sorted_names(int directory, const std::string& path) {
    Fd readable(check(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                      "reading the directory '{}'", printable(path)));
    const std::unique_ptr<DIR, CloseDir> stream(fdopendir(readable.get()));
    if (!stream) throw SysError(errno, "reading the directory '{}'", printable(path));
    readable.release();
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* found = readdir(stream.get())) {
        const std::string name = found->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    if (errno != 0) throw SysError(errno, "reading the directory '{}'", printable(path));
    std::sort(names.begin(), names.end());
    return names;
}

int stat_in_image(int directory, const std::string& name, struct stat& status) {
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == -1) return -1;
    if (fs::in_first_user_namespace()) return 0;
    const std::string path = fs::proc_path(directory) + "/" + name;
    const fs::Owner owner = fs::owner_of(path, status);
    status.st_uid = owner.uid;
    status.st_gid = owner.gid;
    if (const auto device = fs::device_of(path, status)) {
        status.st_mode = device->type | (status.st_mode & 07777u);
        status.st_rdev = device->number;
    }
    return 0;
}

std::vector<Xattr> read_xattrs(const std::string& proc_name, const std::string& path) {
    const std::string list = read_xattr_buffer(path, [&](char* buffer, std::size_t size) {
        return llistxattr(proc_name.c_str(), buffer, size);
    });
    std::vector<Xattr> xattrs;
    for (std::size_t at = 0; at < list.size(); at += xattrs.back().name.size() + 1)
        xattrs.push_back({list.c_str() + at, {}});
    if (!fs::in_first_user_namespace())
        std::erase_if(xattrs, [](const Xattr& xattr) {
            return xattr.name == fs::kDeviceNote ||
                   (xattr.name == fs::kOwnerNote && fs::notes_owners());
        });
    for (Xattr& xattr : xattrs)
        xattr.value = read_xattr_buffer(path, [&](char* buffer, std::size_t size) {
            return lgetxattr(proc_name.c_str(), xattr.name.c_str(), buffer, size);
        });
    std::sort(xattrs.begin(), xattrs.end(),
              [](const Xattr& a, const Xattr& b) { return a.name < b.name; });
    return xattrs;
}

std::string read_link(int directory, const std::string& name, const std::string& path) {
    std::string target(4096, '\0');
    const ssize_t size = check(readlinkat(directory, name.c_str(), target.data(), target.size()),
                               "reading the link '{}'", printable(path));
    target.resize(static_cast<std::size_t>(size));
    return target;
}

}  // namespace mincs::layer
