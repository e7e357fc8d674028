// See files.hh.
#include "libcore/base/files.hh"

#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace mincs {
namespace {

struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
};

/// Opens the directory `name` of `dir_fd` for reading its entries, never through a link.
std::unique_ptr<DIR, CloseDir> open_directory_at(int dir_fd, const std::string& name) {
    Fd fd(check(openat(dir_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                "opening the directory '{}'", printable(name)));
    DIR* dir = fdopendir(fd.get());
    if (!dir) throw SysError(errno, "reading the directory '{}'", printable(name));
    fd.release();
    return std::unique_ptr<DIR, CloseDir>(dir);
}

bool is_dot(const char* name) {
    return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

/// Removes `name`'s entry if it is no directory (or already gone). False: it is a directory.
bool remove_if_file(int dir_fd, const std::string& name) {
    if (unlinkat(dir_fd, name.c_str(), 0) == 0 || errno == ENOENT) return true;
    if (errno == EISDIR || errno == EPERM) return false;
    throw SysError(errno, "removing '{}'", printable(name));
}

void empty_directory(DIR* dir, dev_t device, int depth);

void remove_directory(int dir_fd, const std::string& name, dev_t device, int depth) {
    // Below PATH_MAX levels of directories nobody can name the entry anyway; the bound protects the stack.
    if (depth > 10000) throw Error("removing '{}': more than 10000 directory levels", printable(name));
    {
        const auto dir = open_directory_at(dir_fd, name);
        struct stat info;
        check(fstat(dirfd(dir.get()), &info), "examining '{}'", printable(name));
        if (device != 0 && info.st_dev != device)
            throw SysError(EBUSY, "removing '{}': something is mounted there", printable(name));
        empty_directory(dir.get(), info.st_dev, depth);
    }
    if (unlinkat(dir_fd, name.c_str(), AT_REMOVEDIR) == -1 && errno != ENOENT)
        throw SysError(errno, "removing '{}'", printable(name));
}

void empty_directory(DIR* dir, dev_t device, int depth) {
    while (const dirent* entry = readdir(dir)) {
        if (is_dot(entry->d_name)) continue;
        const std::string name = entry->d_name;
        if (entry->d_type == DT_DIR || !remove_if_file(dirfd(dir), name))
            remove_directory(dirfd(dir), name, device, depth + 1);
    }
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

void write_file_atomic(const std::filesystem::path& path, std::string_view data, mode_t mode) {
    std::string temporary = path.native() + ".XXXXXX";
    const Fd fd(check(mkostemp(temporary.data(), O_CLOEXEC), "creating '{}'", temporary));
    try {
        write_all(fd.get(), data, temporary);
        check(fchmod(fd.get(), mode), "setting the mode of '{}'", temporary);
        check(fsync(fd.get()), "syncing '{}'", temporary);
        check(rename(temporary.c_str(), path.c_str()), "renaming '{}' to '{}'", temporary,
              path.native());
    } catch (...) {
        unlink(temporary.c_str());
        throw;
    }
}

void make_directories(const std::filesystem::path& path, mode_t mode) {
    if (path.has_parent_path() && path.parent_path() != path && !std::filesystem::exists(path))
        make_directories(path.parent_path(), mode);
    if (mkdir(path.c_str(), mode) == -1 && errno != EEXIST)
        throw SysError(errno, "creating the directory '{}'", path.native());
}

void remove_tree_at(int dir_fd, const std::string& name) {
    if (!remove_if_file(dir_fd, name)) remove_directory(dir_fd, name, 0, 0);
}

void remove_tree(const std::filesystem::path& path) { remove_tree_at(AT_FDCWD, path.native()); }

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
    Fd fd(check(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "opening the lock '{}'",
                path.native()));
    const int kind = mode == Mode::kShared ? LOCK_SH : LOCK_EX;
    while (flock(fd.get(), kind) == -1)
        if (errno != EINTR) throw SysError(errno, "locking '{}'", path.native());
    return FileLock(std::move(fd));
}

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path, Mode mode) {
    Fd fd(check(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "opening the lock '{}'",
                path.native()));
    const int kind = mode == Mode::kShared ? LOCK_SH : LOCK_EX;
    if (flock(fd.get(), kind | LOCK_NB) == 0) return FileLock(std::move(fd));
    if (errno == EWOULDBLOCK) return std::nullopt;
    throw SysError(errno, "locking '{}'", path.native());
}

}  // namespace mincs
