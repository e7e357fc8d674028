// See file_maker.hh.
#include "libcore/layer/file_maker.hh"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <charconv>

#include "libcore/fs/device_note.hh"
#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/acl_xattr.hh"
#include "libcore/layer/implied_mark.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

/// umask(2) can only be read by changing it, for all threads; /proc says it without.
mode_t current_umask() {
    const std::string status = read_file("/proc/self/status");
    const std::size_t at = status.find("\nUmask:\t");
    mode_t mask = 077;
    if (at != std::string::npos) {
        const char* start = status.c_str() + at + 8;
        std::from_chars(start, status.c_str() + status.size(), mask, 8);
    }
    return mask;
}

void refuse_overlay_xattrs(const TarEntry& entry) {
    for (const Xattr& xattr : entry.xattrs) {
        if (is_overlay_xattr(xattr.name))
            throw Error("{}: its attribute '{}' is overlayfs's own", describe(entry),
                        printable(xattr.name));
        if (xattr.name.ends_with(".mincs.implied") || xattr.name == fs::kOwnerNote ||
            xattr.name == fs::kEntryOwners || xattr.name == fs::kDeviceNote ||
            xattr.name == kAccessAclNote || xattr.name == kDefaultAclNote)
            throw Error("{}: its attribute '{}' is ours", describe(entry), xattr.name);
    }
}

/// `set(name, value)` is one of the setxattr family.
template <typename Set>
void set_xattrs(const TarEntry& entry, const Set& set) {
    for (const Xattr& xattr : entry.xattrs) {
        if (set(xattr.name.c_str(), xattr.value) == 0) continue;
        if ((errno == ENOTSUP || errno == EPERM) && is_dispensable(xattr.name)) continue;
        const char* note = errno == EINVAL && fs::notes_owners() ? note_for_acl(xattr) : nullptr;
        if (note && set(note, xattr.value) == 0) continue;
        throw SysError(errno, "{}: setting its attribute '{}'", describe(entry),
                       printable(xattr.name));
    }
}

/// With an access list the mode is that one's, whether the kernel has it or it is only noted.
mode_t mode_of(const TarEntry& entry) {
    for (const Xattr& xattr : entry.xattrs)
        if (const auto mode = mode_of_acl(xattr)) return (entry.mode & ~0777u) | *mode;
    return entry.mode;
}

void remove_existing(const Place& place, const TarEntry& entry) {
    try {
        remove_tree_at(place.directory, place.name);
    } catch (const SysError& error) {
        throw SysError(error.code(), "{}: replacing an earlier entry of its name", describe(entry));
    }
}

/// Runs `make` (0 or a descriptor, else -1 and errno), once more where something was in the way.
template <typename Make>
int make_new(const Place& place, const TarEntry& entry, const Make& make) {
    int result = make();
    if (result < 0 && errno == EEXIST) {
        remove_existing(place, entry);
        result = make();
    }
    return check(result, "{}: making it", describe(entry));
}

void write_block(int fd, DataBlock block, const TarEntry& entry) {
    while (!block.bytes.empty()) {
        const ssize_t written = pwrite(fd, block.bytes.data(), block.bytes.size(), block.offset);
        if (written < 0 && errno == EINTR) continue;
        check(written, "{}: writing it", describe(entry));
        block.bytes.remove_prefix(static_cast<std::size_t>(written));
        block.offset += written;
    }
}

void write_content(int fd, const TarEntry& entry, const FileMaker::Content& content) {
    std::int64_t end = 0;
    for (DataBlock block; content(block);) {
        const auto size = static_cast<std::int64_t>(block.bytes.size());
        if (block.offset < end || block.offset > entry.size || size > entry.size - block.offset)
            throw Error("{}: its content does not fit its size", describe(entry));
        write_block(fd, block, entry);
        end = block.offset + size;
    }
    // A hole at the end.
    if (end != entry.size)
        check(ftruncate(fd, entry.size), "{}: setting its size", describe(entry));
}

struct Times {
    explicit Times(const TarEntry& entry) : values{entry.accessed, entry.modified} {}
    timespec values[2];
};

[[noreturn]] void refuse_whiteout(const TarEntry& entry) {
    SysError error(errno, "{}: making the whiteout", describe(entry));
    if (error.code() == EPERM)
        error.with_hint(
            "the store's file system (another overlay?) takes none; $MINCS_DIR says "
            "where the store is");
    throw error;
}

}  // namespace

bool is_dispensable(std::string_view name) {
    return (name.starts_with("security.") && name != "security.capability") ||
           name.starts_with("system.nfs4") || name.starts_with("system.cifs");
}

std::string describe(const TarEntry& entry) {
    return fmt::format("entry '{}'", printable(std::string_view(entry.path).substr(0, 300)));
}

TarEntry implied_directory(std::string_view path) {
    TarEntry implied;
    implied.path = path;
    implied.type = EntryType::kDirectory;
    implied.mode = 0755;
    return implied;
}

FileMaker::FileMaker(const fs::RootDir& target, Inheritance inheritance)
    : umask_(current_umask()), inherits_(inheritance == Inheritance::kAssumed) {
    if (inherits_) return;
    const Fd root = target.open_at(".", O_RDONLY | O_DIRECTORY);
    struct stat status;
    check(fstat(root.get(), &status), "looking at {}", target.name());
    inherits_ =
        (status.st_mode & S_ISGID) != 0 || fgetxattr(root.get(), kDefaultAcl, nullptr, 0) > 0;
}

void FileMaker::note_inheritance(const TarEntry& entry) {
    if ((entry.mode & S_ISGID) != 0) inherits_ = true;
    for (const Xattr& xattr : entry.xattrs)
        if (xattr.name == kDefaultAcl) inherits_ = true;
}

void FileMaker::make_file(const Place& place, const TarEntry& entry, const Content& content) {
    refuse_overlay_xattrs(entry);
    const Fd file(make_new(place, entry, [&] {
        return openat(place.directory, place.name.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.mode & 0777u);
    }));
    write_content(file.get(), entry, content);
    apply_metadata(file.get(), entry, true);
}

void FileMaker::make_directory(const Place& place, const TarEntry& entry) {
    refuse_overlay_xattrs(entry);
    bool fresh = mkdirat(place.directory, place.name.c_str(), entry.mode & 0777u) == 0;
    bool is_replacing_whiteout = false;
    if (!fresh) {
        if (errno != EEXIST) throw SysError(errno, "{}: making it", describe(entry));
        struct stat status;
        check(fstatat(place.directory, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW),
              "{}: looking at an earlier entry of its name", describe(entry));
        fresh = !S_ISDIR(status.st_mode);
        is_replacing_whiteout = is_whiteout(status);
        if (fresh)
            make_new(place, entry, [&] {
                return mkdirat(place.directory, place.name.c_str(), entry.mode & 0777u);
            });
    }
    const Fd directory(check(openat(place.directory, place.name.c_str(),
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                             "{}: opening it", describe(entry)));
    // Gone below and made anew here: nothing of the lower one may show through.
    if (is_replacing_whiteout) make_opaque(directory.get(), entry);
    apply_metadata(directory.get(), entry, fresh);
    note_inheritance(entry);
}

void FileMaker::make_symlink(const Place& place, const TarEntry& entry) {
    refuse_overlay_xattrs(entry);
    make_new(place, entry, [&] {
        return symlinkat(entry.link_target.c_str(), place.directory, place.name.c_str());
    });
    apply_metadata_by_name(place, entry);
}

void FileMaker::make_node(const Place& place, const TarEntry& entry) {
    refuse_overlay_xattrs(entry);
    mode_t type = S_IFIFO;
    if (entry.type == EntryType::kCharDevice) type = S_IFCHR;
    if (entry.type == EntryType::kBlockDevice) type = S_IFBLK;
    if (type == S_IFCHR && entry.device == makedev(0, 0))
        throw Error("{}: a character device 0:0 is overlayfs's own mark for a deleted file",
                    describe(entry));
    if (type != S_IFIFO && !makes_devices_) return make_device_note(place, entry, type);
    make_new(place, entry, [&] {
        return mknodat(place.directory, place.name.c_str(), type | (entry.mode & 0777u),
                       entry.device);
    });
    apply_metadata_by_name(place, entry);
}

void FileMaker::make_device_note(const Place& place, const TarEntry& entry, mode_t type) {
    const Fd file(make_new(place, entry, [&] {
        return openat(place.directory, place.name.c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.mode & 0777u);
    }));
    fs::note_device(file.get(), {type, entry.device});
    apply_metadata(file.get(), entry, true);
}

void FileMaker::make_hard_link(const Place& place, const Place& existing, const TarEntry& entry) {
    struct stat status;
    if (fstatat(existing.directory, existing.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        throw SysError(errno, "{}: its hard link's target '{}' is not in this layer",
                       describe(entry), printable(entry.link_target));
    if (S_ISDIR(status.st_mode) || is_whiteout(status))
        throw Error("{}: its hard link's target '{}' is no file", describe(entry),
                    printable(entry.link_target));
    struct stat here;
    const bool is_itself =
        fstatat(place.directory, place.name.c_str(), &here, AT_SYMLINK_NOFOLLOW) == 0 &&
        here.st_ino == status.st_ino && here.st_dev == status.st_dev;
    if (is_itself) return;
    // Flags 0: a symbolic link is linked itself, not what it points to (linkat(2)).
    make_new(place, entry, [&] {
        return linkat(existing.directory, existing.name.c_str(), place.directory,
                      place.name.c_str(), 0);
    });
    if (fs::is_noted_at_directory(status.st_mode))
        note_owner(place, status.st_mode,
                   fs::owner_of_entry(existing.directory, existing.name, status));
}

void FileMaker::make_whiteout(const Place& place, const TarEntry& entry) {
    if (mknodat(place.directory, place.name.c_str(), S_IFCHR, makedev(0, 0)) == 0) {
        // Nobody sees it, but the same layer is to give the same tree, and the same tar again.
        check(utimensat(place.directory, place.name.c_str(), Times(entry).values,
                        AT_SYMLINK_NOFOLLOW),
              "{}: setting the whiteout's times", describe(entry));
        return;
    }
    if (errno != EEXIST) refuse_whiteout(entry);
    const Fd directory(openat(place.directory, place.name.c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (directory) make_opaque(directory.get(), entry);
}

void FileMaker::make_opaque(int directory, const TarEntry& entry) {
    // By /proc as the descriptor may be O_PATH, which fsetxattr(2) does not take.
    check(setxattr(fs::proc_path(directory).c_str(), fs::opaque_attribute(), kOpaqueValue.data(),
                   kOpaqueValue.size(), 0),
          "{}: marking the directory opaque", describe(entry));
}

void FileMaker::make_implied_directory(int parent, const std::string& name, std::string_view what) {
    make_directory(Place{parent, name}, implied_directory(what));
}

void FileMaker::apply_to_root(int root, const TarEntry& entry) {
    refuse_overlay_xattrs(entry);
    const Fd directory(check(openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                             "{}: opening it", describe(entry)));
    apply_metadata(directory.get(), entry, false);
    note_inheritance(entry);
}

void FileMaker::apply_metadata(int fd, const TarEntry& entry, bool fresh) {
    const bool must_set = !fresh || inherits_;
    if (inherits_ && fresh) {
        // What was handed down; ENODATA and ENOTSUP where there was nothing.
        fremovexattr(fd, kAccessAcl);
        fremovexattr(fd, kDefaultAcl);
    }
    set_owner(fd, entry, must_set);
    const mode_t mode = mode_of(entry);
    if (must_set || needs_mode(mode))
        check(fchmod(fd, mode), "{}: setting its mode", describe(entry));
    set_xattrs(entry, [&](const char* name, const std::string& value) {
        return fsetxattr(fd, name, value.data(), value.size(), 0);
    });
    check(futimens(fd, Times(entry).values), "{}: setting its times", describe(entry));
}

void FileMaker::set_owner(int fd, const TarEntry& entry, bool must_set) const {
    const fs::Owner owner{entry.uid, entry.gid};
    const fs::Owner kept = notes_owners_ ? fs::Owner{} : owner;
    if (must_set || !kept.is_root())
        check(fchown(fd, kept.uid, kept.gid), "{}: setting its owner", describe(entry));
    if (notes_owners_ && (must_set || !owner.is_root())) fs::note_owner(fs::proc_path(fd), owner);
}

/// Where that is how owners are kept. What has no room is root's, and the directory says so.
void FileMaker::note_owner(const Place& place, mode_t mode, const fs::Owner& owner) const {
    if (notes_owners_) fs::note_owner_of_entry(place.directory, place.name, mode, owner);
}

/// For what must not be opened: links, devices, fifos.
void FileMaker::apply_metadata_by_name(const Place& place, const TarEntry& entry) {
    const char* name = place.name.c_str();
    const std::string path = fs::proc_path(place.directory) + "/" + place.name;
    if (inherits_) lremovexattr(path.c_str(), kAccessAcl);
    const fs::Owner owner{entry.uid, entry.gid};
    const fs::Owner kept = notes_owners_ ? fs::Owner{} : owner;
    if (inherits_ || !kept.is_root())
        check(fchownat(place.directory, name, kept.uid, kept.gid, AT_SYMLINK_NOFOLLOW),
              "{}: setting its owner", describe(entry));
    note_owner(place, entry.type == EntryType::kSymlink ? S_IFLNK : S_IFIFO, owner);
    // A link has no mode of its own.
    if (entry.type != EntryType::kSymlink && needs_mode(entry.mode))
        check(fchmodat(place.directory, name, entry.mode, 0), "{}: setting its mode",
              describe(entry));
    set_xattrs(entry, [&](const char* attribute, const std::string& value) {
        return lsetxattr(path.c_str(), attribute, value.data(), value.size(), 0);
    });
    check(utimensat(place.directory, name, Times(entry).values, AT_SYMLINK_NOFOLLOW),
          "{}: setting its times", describe(entry));
}

}  // namespace mincs::layer
