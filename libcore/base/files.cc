// See files.hh.
#include "libcore/base/files.hh"

#include <dirent.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <vector>

namespace mincs {
namespace {

struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

/// Opens the directory `name` of `dir_fd` for reading its entries, never through a link and never
/// onto what is mounted there, be it a bind mount of the same file system (RESOLVE_NO_XDEV,
/// openat2(2)).
Directory open_directory_at(int dir_fd, const std::string& name) {
    open_how how = {};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
    Fd fd(static_cast<int>(syscall(SYS_openat2, dir_fd, name.c_str(), &how, sizeof how)));
    if (!fd && errno == EXDEV)
        throw SysError(EBUSY, "removing '{}': something is mounted there", printable(name));
    check(fd.get(), "opening the directory '{}'", printable(name));
    DIR* dir = fdopendir(fd.get());
    if (!dir) throw SysError(errno, "reading the directory '{}'", printable(name));
    fd.release();
    return Directory(dir);
}

/// The next name but "." and ".."; nothing at the end.
const dirent* next_entry(DIR* dir) {
    while (true) {
        errno = 0;
        const dirent* entry = readdir(dir);
        if (!entry && errno != 0) throw SysError(errno, "reading a directory");
        if (!entry ||
            (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != ".."))
            return entry;
    }
}

/// Removes `name`'s entry if it is no directory (or already gone). False: it is a directory.
bool remove_if_file(int dir_fd, const std::string& name) {
    if (unlinkat(dir_fd, name.c_str(), 0) == 0 || errno == ENOENT) return true;
    if (errno == EISDIR) return false;
    throw SysError(errno, "removing '{}'", printable(name));
}

void remove_empty_directory(int dir_fd, const std::string& name) {
    if (unlinkat(dir_fd, name.c_str(), AT_REMOVEDIR) == -1 && errno != ENOENT)
        throw SysError(errno, "removing '{}'", printable(name));
}

/// Empties one directory. Each level open at a time costs a descriptor and some stack, and a
/// hostile tree may have any number of them: what lies deeper than kLevels is first moved up into
/// the top directory.
class TreeRemover {
 public:
    /// `budget`: entries it may remove, counted down.
    TreeRemover(DIR* top, std::int64_t& budget) : top_(top), budget_(budget) {}

    /// False: the budget was not enough.
    bool run() {
        do {
            moved_up_ = false;
            rewinddir(top_);
            if (!empty(top_, 1)) return false;
        } while (moved_up_);
        return true;
    }

 private:
    static constexpr int kLevels = 64;

    bool empty(DIR* dir, int level) {
        while (const dirent* entry = next_entry(dir)) {
            if (budget_ <= 0) return false;
            const std::string name = entry->d_name;
            --budget_;
            if (entry->d_type != DT_DIR && remove_if_file(dirfd(dir), name)) continue;
            if (level == kLevels) {
                move_up(dirfd(dir), name);
                continue;
            }
            const Directory below = open_directory_at(dirfd(dir), name);
            if (!empty(below.get(), level + 1)) return false;
            remove_empty_directory(dirfd(dir), name);
        }
        return true;
    }

    void move_up(int dir_fd, const std::string& name) {
        moved_up_ = true;
        while (true) {
            const std::string target = fmt::format(".deep-{}", ++count_);
            if (renameat2(dir_fd, name.c_str(), dirfd(top_), target.c_str(), RENAME_NOREPLACE) == 0)
                return;
            if (errno != EEXIST) throw SysError(errno, "moving '{}' up", printable(name));
        }
    }

    DIR* top_;
    std::int64_t& budget_;
    bool moved_up_ = false;
    std::uint64_t count_ = 0;
};

/// The top itself is reached by a trusted path, which may well lead across mounts; it must not be
/// one.
Directory open_top(int dir_fd, const std::string& name) {
    Fd fd(check(openat(dir_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                "opening the directory '{}'", printable(name)));
    struct statx info;
    check(statx(fd.get(), "", AT_EMPTY_PATH, STATX_TYPE, &info), "examining '{}'", printable(name));
    if (info.stx_attributes & STATX_ATTR_MOUNT_ROOT)
        throw SysError(EBUSY, "removing '{}': something is mounted there", printable(name));
    DIR* dir = fdopendir(fd.get());
    if (!dir) throw SysError(errno, "reading the directory '{}'", printable(name));
    fd.release();
    return Directory(dir);
}

bool remove_some_at(int dir_fd, const std::string& name, std::int64_t& entries) {
    if (remove_if_file(dir_fd, name)) return true;
    if (unlinkat(dir_fd, name.c_str(), AT_REMOVEDIR) == 0) return true;  // an empty one
    const Directory top = open_top(dir_fd, name);
    if (!TreeRemover(top.get(), entries).run()) return false;
    remove_empty_directory(dir_fd, name);
    return true;
}

Fd open_lock(const std::filesystem::path& path) {
    return Fd(check(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "opening the lock '{}'",
                    path.native()));
}

int operation_of(FileLock::Mode mode) {
    return mode == FileLock::Mode::kShared ? LOCK_SH : LOCK_EX;
}

/// Its last holder may have moved or removed the file between our opening and our locking it.
bool is_named(const Fd& fd, const std::filesystem::path& path) {
    struct stat mine, named;
    return fstat(fd.get(), &mine) == 0 && stat(path.c_str(), &named) == 0 &&
           mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

}  // namespace

std::string read_all(int fd, std::size_t limit, std::string_view what) {
    std::string data;
    char buffer[65536];
    while (true) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        if (got == -1 && errno == EINTR) continue;
        check(got, "reading '{}'", what);
        if (got == 0) return data;
        data.append(buffer, static_cast<std::size_t>(got));
        if (data.size() > limit) throw Error("reading '{}': more than {} bytes", what, limit);
    }
}

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
    const Fd fd(check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", path.native()));
    return read_all(fd.get(), limit, path.native());
}

std::optional<std::string> read_file_if_exists(const std::filesystem::path& path,
                                               std::size_t limit) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    check(fd.get(), "opening '{}'", path.native());
    return read_all(fd.get(), limit, path.native());
}

void write_all(int fd, std::string_view data, std::string_view what) {
    while (!data.empty()) {
        const ssize_t put = write(fd, data.data(), data.size());
        if (put == -1 && errno == EINTR) continue;
        check(put, "writing '{}'", what);
        data.remove_prefix(static_cast<std::size_t>(put));
    }
}

namespace {

void write_and_rename(const std::filesystem::path& path, std::string_view data, mode_t mode,
                      bool is_synced) {
    std::string temporary = path.native() + ".XXXXXX";
    const Fd fd(check(mkostemp(temporary.data(), O_CLOEXEC), "creating '{}'", temporary));
    try {
        write_all(fd.get(), data, temporary);
        check(fchmod(fd.get(), mode), "setting the mode of '{}'", temporary);
        if (is_synced) check(fsync(fd.get()), "syncing '{}'", temporary);
        check(rename(temporary.c_str(), path.c_str()), "renaming '{}' to '{}'", temporary,
              path.native());
    } catch (...) {
        unlink(temporary.c_str());
        throw;
    }
}

}  // namespace

void write_file_atomic(const std::filesystem::path& path, std::string_view data, mode_t mode) {
    write_and_rename(path, data, mode, true);
}

void replace_file(const std::filesystem::path& path, std::string_view data, mode_t mode) {
    write_and_rename(path, data, mode, false);
}

void make_directories(const std::filesystem::path& path, mode_t mode) {
    struct stat info;
    if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return;
    if (path.has_parent_path() && path.parent_path() != path)
        make_directories(path.parent_path(), mode);
    if (mkdir(path.c_str(), mode) == 0) return;
    // Somebody else may have been faster; a file in its place is an error all the same.
    const int code = errno;
    if (code != EEXIST || stat(path.c_str(), &info) == -1 || !S_ISDIR(info.st_mode))
        throw SysError(code, "creating the directory '{}'", path.native());
}

void remove_tree_at(int dir_fd, const std::string& name) {
    std::int64_t all = std::numeric_limits<std::int64_t>::max();
    remove_some_at(dir_fd, name, all);
}

bool remove_some(const std::filesystem::path& path, std::int64_t& entries) {
    return remove_some_at(AT_FDCWD, path.native(), entries);
}

void remove_tree(const std::filesystem::path& path) {
    remove_tree_at(AT_FDCWD, path.native());
}

std::filesystem::path own_executable() {
    return std::filesystem::read_symlink("/proc/self/exe");
}

TempDir::TempDir(const std::filesystem::path& parent, std::string_view prefix) {
    std::filesystem::path base = parent;
    if (base.empty()) {
        const char* configured = std::getenv("TMPDIR");
        base = configured && *configured ? configured : "/tmp";
    }
    std::string name = (base / fmt::format("{}.XXXXXX", prefix)).native();
    if (!mkdtemp(name.data())) throw SysError(errno, "creating a directory in '{}'", base.native());
    path_ = name;
}

TempDir::~TempDir() {
    if (path_.empty()) return;
    try {
        remove_tree(path_);
    } catch (const Error&) {
        // A destructor has nobody to tell; what stays is in the temporary directory.
    }
}

FileLock FileLock::acquire(const std::filesystem::path& path, Mode mode) {
    while (true) {
        Fd fd = open_lock(path);
        while (flock(fd.get(), operation_of(mode)) == -1)
            if (errno != EINTR) throw SysError(errno, "locking '{}'", path.native());
        if (is_named(fd, path)) return FileLock(std::move(fd));
    }
}

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path, Mode mode) {
    Fd fd = open_lock(path);
    if (flock(fd.get(), operation_of(mode) | LOCK_NB) == 0) {
        if (!is_named(fd, path)) return std::nullopt;
        return FileLock(std::move(fd));
    }
    if (errno == EWOULDBLOCK) return std::nullopt;
    throw SysError(errno, "locking '{}'", path.native());
}

}  // namespace mincs
