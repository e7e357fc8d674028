// See entry_difference.hh.
#include "libcore/layer/entry_difference.hh"

#include <cstring>

#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

bool operator==(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

Fd open_file(const FoundEntry& entry, const std::string& path) {
    // O_NONBLOCK: were it replaced by a fifo since, opening would wait for a writer.
    return Fd(check(
        openat(entry.directory, entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
        "opening '{}'", printable(path)));
}

std::size_t read_full(int fd, std::vector<char>& buffer, const std::string& path) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const ssize_t got = read(fd, buffer.data() + filled, buffer.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        check(got, "reading '{}'", printable(path));
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    return filled;
}

/// The very same file of the store, seen through two overlays: they show the numbers of the file
/// below them, and no other has this number and this time of its last change.
bool is_same_file(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_ctim == b.st_ctim && a.st_size == b.st_size;
}

bool same_bytes(const FoundEntry& before, const FoundEntry& now, const std::string& path) {
    if (before.status.st_size != now.status.st_size) return false;
    if (now.status.st_size == 0 || is_same_file(before.status, now.status)) return true;
    const Fd old_file = open_file(before, path);
    const Fd new_file = open_file(now, path);
    std::vector<char> old_bytes(64u << 10), new_bytes(64u << 10);
    while (true) {
        const std::size_t size = read_full(old_file.get(), old_bytes, path);
        if (read_full(new_file.get(), new_bytes, path) != size ||
            std::memcmp(old_bytes.data(), new_bytes.data(), size) != 0)
            return false;
        if (size < old_bytes.size()) return true;
    }
}

std::vector<Xattr> comparable_xattrs(const FoundEntry& entry, const std::string& path) {
    std::vector<Xattr> xattrs =
        read_xattrs(fs::proc_path(entry.directory) + "/" + entry.name, path);
    std::erase_if(xattrs, [](const Xattr& xattr) {
        return is_overlay_xattr(xattr.name) || is_host_only_xattr(xattr.name) ||
               xattr.name == fs::mount_point_mark();
    });
    return xattrs;
}

bool same_xattrs(const FoundEntry& before, const FoundEntry& now, const std::string& path) {
    const auto old_ones = comparable_xattrs(before, path);
    const auto new_ones = comparable_xattrs(now, path);
    return std::equal(
        old_ones.begin(), old_ones.end(), new_ones.begin(), new_ones.end(),
        [](const Xattr& a, const Xattr& b) { return a.name == b.name && a.value == b.value; });
}

bool same_content(const FoundEntry& before, const FoundEntry& now, const std::string& path) {
    switch (now.status.st_mode & S_IFMT) {
        case S_IFREG:
            return same_bytes(before, now, path);
        case S_IFLNK:
            return read_link(before.directory, before.name, path) ==
                   read_link(now.directory, now.name, path);
        case S_IFCHR:
        case S_IFBLK:
            return before.status.st_rdev == now.status.st_rdev;
        default:
            return true;
    }
}

}  // namespace

std::vector<std::string> Difference::names() const {
    std::vector<std::string> names;
    const auto add = [&](bool differs, const char* name) {
        if (differs) names.emplace_back(name);
    };
    add(type, "type");
    add(content, "content");
    add(mode, "mode");
    add(owner, "owner");
    add(time, "time");
    add(xattrs, "xattrs");
    return names;
}

Difference difference_of(const FoundEntry& before, const FoundEntry& now, const std::string& path) {
    Difference difference;
    difference.type = ((before.status.st_mode ^ now.status.st_mode) & S_IFMT) != 0;
    if (difference.type) return difference;
    difference.content = !same_content(before, now, path);
    // The mode of a link says nothing.
    difference.mode = !S_ISLNK(now.status.st_mode) &&
                      ((before.status.st_mode ^ now.status.st_mode) & 07777u) != 0;
    difference.owner =
        before.status.st_uid != now.status.st_uid || before.status.st_gid != now.status.st_gid;
    difference.time = !(before.status.st_mtim == now.status.st_mtim);
    difference.xattrs = !same_xattrs(before, now, path);
    return difference;
}

}  // namespace mincs::layer
