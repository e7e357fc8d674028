// See copy_up.hh. A thing below is described as an entry of a tar would, and file_maker makes it.
#include "libcore/layer/copy_up.hh"

#include <array>

#include "libcore/layer/disk_names.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

EntryType type_of(const Seen& seen) {
    switch (seen.status.st_mode & S_IFMT) {
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
            throw Error("'{}' of a lower layer cannot be copied: it is a socket",
                        printable(seen.name));
    }
}

TarEntry entry_of(const Seen& seen, std::string_view path) {
    TarEntry entry;
    entry.path = path;
    entry.type = type_of(seen);
    entry.mode = seen.status.st_mode & 07777u;
    entry.uid = seen.status.st_uid;
    entry.gid = seen.status.st_gid;
    entry.size = seen.status.st_size;
    entry.modified = seen.status.st_mtim;
    entry.accessed = seen.status.st_mtim;  // its own may change while we look
    entry.device = seen.status.st_rdev;
    if (seen.is_link()) entry.link_target = read_link(seen.parent.get(), seen.name, entry.path);
    entry.xattrs = read_xattrs(fs::proc_path(seen.parent.get()) + "/" + seen.name, entry.path);
    // Of one layer alone, which is no overlay, its marks are seen.
    std::erase_if(entry.xattrs, [](const Xattr& xattr) { return is_overlay_xattr(xattr.name); });
    return entry;
}

}  // namespace

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

Fd CopyUp::make_directories(std::string_view path) {
    Fd at = open_directory(view_.layer(), "");
    check(at.get(), "opening {}", view_.layer().name());
    for (std::size_t end = 0; end < path.size();) {
        end = std::min(path.find('/', end + 1), path.size());
        const std::string_view here = path.substr(0, end);
        at = make_directory(at, std::string(leaf_of(here)), here);
    }
    return at;
}

Fd CopyUp::make_directory(const Fd& parent, const std::string& name, std::string_view path) {
    const auto own = view_.in_layer(path);
    if (!own || own->is_whiteout()) {
        const KeptTimes times(parent.get());
        // file_maker marks it opaque where it takes a whiteout's place.
        const auto lower = own ? std::nullopt : view_.below(path);
        const bool is_copy = lower && lower->is_directory();
        maker_.make_directory({parent.get(), name},
                              is_copy ? entry_of(*lower, path) : implied_directory(path));
    }
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return Fd(check(openat(parent.get(), name.c_str(), flags), "opening the directory '{}'",
                    printable(path)));
}

void CopyUp::take_metadata(const Seen& from, std::string_view to) {
    const Fd parent = open_directory(view_.layer(), parent_path(to));
    check(parent.get(), "opening the directory of '{}'", printable(to));
    maker_.make_directory({parent.get(), std::string(leaf_of(to))}, entry_of(from, to));
}

void CopyUp::make_opaque(std::string_view path) {
    const Fd directory = open_directory(view_.layer(), path);
    check(directory.get(), "opening the directory '{}'", printable(path));
    maker_.make_opaque(directory.get(), implied_directory(path));
}

void CopyUp::copy(const Seen& from, const Place& to) {
    const TarEntry entry = entry_of(from, to.name);
    const KeptTimes times(to.directory);
    switch (entry.type) {
        case EntryType::kFile:
            return copy_file(from, to, entry);
        case EntryType::kSymlink:
            return maker_.make_symlink(to, entry);
        default:
            return maker_.make_node(to, entry);
    }
}

void CopyUp::copy_file(const Seen& from, const Place& to, const TarEntry& entry) {
    claim_(entry.size);
    const Fd source(check(openat(from.parent.get(), from.name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
                          "opening '{}' of a lower layer", printable(from.name)));
    // Data only: holes stay holes.
    std::int64_t data = 0;
    std::array<char, 65536> buffer;
    maker_.make_file(to, entry, [&](DataBlock& block) {
        if (data >= entry.size) return false;
        const off_t start = lseek(source.get(), data, SEEK_DATA);
        if (start == -1 && errno == ENXIO) return false;
        data = check(start, "reading '{}' of a lower layer", printable(from.name));
        const off_t end = check(lseek(source.get(), data, SEEK_HOLE),
                                "reading '{}' of a lower layer", printable(from.name));
        const auto wanted =
            std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - data));
        const ssize_t got = check(pread(source.get(), buffer.data(), wanted, data),
                                  "reading '{}' of a lower layer", printable(from.name));
        if (got == 0) throw Error("'{}' of a lower layer has become shorter", printable(from.name));
        block = {data, std::string_view(buffer.data(), static_cast<std::size_t>(got))};
        data += got;
        return true;
    });
}

}  // namespace mincs::layer
