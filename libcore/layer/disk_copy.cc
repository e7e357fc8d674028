// See disk_copy.hh.
#include "libcore/layer/disk_copy.hh"

#include <array>

#include "libcore/layer/disk_names.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

EntryType type_of(const struct stat& status, std::string_view path) {
    switch (status.st_mode & S_IFMT) {
        case S_IFREG:
            return EntryType::kFile;
        case S_IFDIR:
            return EntryType::kDirectory;
        case S_IFLNK:
            return EntryType::kSymlink;
        case S_IFCHR:
            return EntryType::kCharDevice;
        case S_IFBLK:
            return EntryType::kBlockDevice;
        case S_IFIFO:
            return EntryType::kFifo;
        default:
            throw Error("'{}' cannot be copied: it is a socket", printable(path));
    }
}

void copy_file(FileMaker& maker, const FoundEntry& from, const TarEntry& entry, const Place& to) {
    const std::string path = printable(entry.path);
    const Fd source(check(
        openat(from.directory, from.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
        "opening '{}'", path));
    // Data only: holes stay holes.
    std::int64_t data = 0;
    std::array<char, 65536> buffer;
    maker.make_file(to, entry, [&](DataBlock& block) {
        if (data >= entry.size) return false;
        const off_t start = lseek(source.get(), data, SEEK_DATA);
        if (start == -1 && errno == ENXIO) return false;
        data = check(start, "reading '{}'", path);
        const off_t end = check(lseek(source.get(), data, SEEK_HOLE), "reading '{}'", path);
        const auto wanted =
            std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - data));
        const ssize_t got =
            check(pread(source.get(), buffer.data(), wanted, data), "reading '{}'", path);
        if (got == 0) throw Error("'{}' has become shorter", path);
        block = {data, std::string_view(buffer.data(), static_cast<std::size_t>(got))};
        data += got;
        return true;
    });
}

}  // namespace

TarEntry entry_on_disk(const FoundEntry& found, std::string_view path) {
    TarEntry entry;
    entry.path = path;
    entry.type = type_of(found.status, path);
    entry.mode = found.status.st_mode & 07777u;
    const std::string name = fs::proc_path(found.directory) + "/" + found.name;
    entry.uid = found.status.st_uid;
    entry.gid = found.status.st_gid;
    entry.size = found.status.st_size;
    entry.modified = found.status.st_mtim;
    entry.accessed = found.status.st_mtim;  // its own may change while we look
    entry.device = found.status.st_rdev;
    if (S_ISLNK(found.status.st_mode))
        entry.link_target = read_link(found.directory, found.name, entry.path);
    entry.xattrs = read_xattrs(name, entry.path);
    // Of one layer alone, which is no overlay, its marks are seen.
    std::erase_if(entry.xattrs, [](const Xattr& xattr) { return is_overlay_xattr(xattr.name); });
    return entry;
}

void copy_on_disk(FileMaker& maker, const FoundEntry& from, const TarEntry& entry,
                  const Place& to) {
    switch (entry.type) {
        case EntryType::kFile:
            return copy_file(maker, from, entry, to);
        case EntryType::kSymlink:
            return maker.make_symlink(to, entry);
        default:
            return maker.make_node(to, entry);
    }
}

KeptTimes::KeptTimes(int directory) : directory_(directory) {
    struct stat status;
    check(fstatat(directory, "", &status, AT_EMPTY_PATH), "looking at a directory");
    times_[0] = status.st_atim;
    times_[1] = status.st_mtim;
}

KeptTimes::~KeptTimes() {
    // Fails only where nothing can be written any more, which somebody else will hear of.
    utimensat(directory_, "", times_, AT_EMPTY_PATH);
}

}  // namespace mincs::layer
