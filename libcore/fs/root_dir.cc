// See root_dir.hh. The only caller of openat2(2).
#include "libcore/fs/root_dir.hh"

#include <linux/openat2.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>

namespace mincs::fs {
namespace {

/// openat2(2): EAGAIN means that a ".." could not be proven safe because somebody renamed or
/// mounted meanwhile; it is to be tried again, but not for ever, as an attacker may keep renaming.
constexpr int kResolveTries = 64;

int open_resolved(int directory, const std::string& path, int flags, mode_t mode,
                  std::uint64_t resolve) {
    open_how how = {};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    // openat2 refuses a mode that open(2) would ignore.
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) how.mode = mode & 07777u;
    how.resolve = resolve;
    for (int tries = 0;; ++tries) {
        const long fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || tries == kResolveTries)
            return static_cast<int>(fd);
    }
}

/// The path as openat2 takes it: "." for the root itself. A NUL would end it early.
std::string checked_path(std::string_view path, const std::string& tree) {
    if (path.find('\0') != std::string_view::npos)
        throw Error("path '{}' in {}: a name must not hold a NUL byte", printable(path), tree);
    return path.empty() ? "." : std::string(path);
}

std::string_view without_trailing_slashes(std::string_view path) {
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    return path;
}

constexpr std::uint64_t kInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

}  // namespace

RootDir::RootDir(Fd directory, std::string name)
    : directory_(std::move(directory)), name_(std::move(name)) {}

RootDir RootDir::open(const std::string& path) {
    return RootDir(Fd(check(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                            "opening the directory '{}'", printable(path))),
                   path);
}

RootDir RootDir::subtree(std::string_view path) const {
    return RootDir(open_at(path, O_PATH | O_DIRECTORY), fmt::format("{}/{}", name_, path));
}

Fd RootDir::open_at(std::string_view path, int flags, mode_t mode) const {
    const std::string checked = checked_path(path, name_);
    return Fd(check(open_resolved(fd(), checked, flags, mode, kInRoot), "opening '{}' in {}",
                    printable(path), printable(name_)));
}

std::optional<Fd> RootDir::open_if_exists(std::string_view path, int flags, mode_t mode) const {
    const std::string checked = checked_path(path, name_);
    const int opened = open_resolved(fd(), checked, flags, mode, kInRoot);
    if (opened < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    return Fd(check(opened, "opening '{}' in {}", printable(path), printable(name_)));
}

Fd RootDir::open_no_links(std::string_view path, int flags, mode_t mode) const {
    const std::string checked = checked_path(path, name_);
    return Fd(check(open_resolved(fd(), checked, flags, mode, kInRoot | RESOLVE_NO_SYMLINKS),
                    "opening '{}' in {}", printable(path), printable(name_)));
}

Fd RootDir::make_directories(std::string_view path, mode_t mode) const {
    return make_directories(
        path, [mode](int parent, const char* name) { return mkdirat(parent, name, mode); });
}

Fd RootDir::make_directories(std::string_view path, const MakeDirectory& make) const {
    // Resolved from the root again for every component: a link may lead anywhere inside, and ".."
    // after it must mean what it means to the container.
    Fd directory = open_at(".", O_PATH | O_DIRECTORY);
    for (std::size_t end = 0; end < path.size();) {
        const std::size_t start = path.find_first_not_of('/', end);
        if (start == std::string_view::npos) break;
        end = std::min(path.find('/', start), path.size());
        const std::string_view so_far = path.substr(0, end);
        std::optional<Fd> existing = open_if_exists(so_far, O_PATH | O_DIRECTORY);
        if (!existing) {
            const std::string leaf(path.substr(start, end - start));
            if (make(directory.get(), leaf.c_str()) != 0 && errno != EEXIST)
                throw SysError(errno, "making the directory '{}' in {}", printable(so_far),
                               printable(name_));
            existing = open_at(so_far, O_PATH | O_DIRECTORY);
        }
        directory = std::move(*existing);
    }
    return directory;
}

RootDir::Parent RootDir::open_parent(std::string_view path) const {
    const std::string_view trimmed = without_trailing_slashes(path);
    const std::size_t slash = trimmed.rfind('/');
    const bool has_parent = slash != std::string_view::npos;
    const std::string_view leaf = has_parent ? trimmed.substr(slash + 1) : trimmed;
    if (leaf.empty() || leaf == "." || leaf == "..")
        throw Error("path '{}' in {}: it does not name an entry of a directory", printable(path),
                    printable(name_));
    if (leaf.find('\0') != std::string_view::npos)
        throw Error("path '{}' in {}: a name must not hold a NUL byte", printable(path),
                    printable(name_));
    return Parent{open_at(has_parent ? trimmed.substr(0, slash) : ".", O_PATH | O_DIRECTORY),
                  std::string(leaf)};
}

std::optional<std::string> RootDir::read_file_if_exists(std::string_view path,
                                                        std::size_t limit) const {
    // Looked at by O_PATH first: opening a fifo would wait for a writer, opening a device act upon
    // it.
    const std::optional<Fd> found = open_if_exists(path, O_PATH);
    if (!found) return std::nullopt;
    struct stat status;
    check(fstat(found->get(), &status), "looking at '{}' in {}", printable(path), printable(name_));
    const std::string what = fmt::format("'{}' in {}", printable(path), printable(name_));
    if (!S_ISREG(status.st_mode)) throw Error("reading {}: it is not a regular file", what);
    // Reopened by descriptor, so it is the very file that was looked at.
    const Fd readable(
        check(::open(proc_path(found->get()).c_str(), O_RDONLY | O_CLOEXEC), "opening {}", what));
    return read_all(readable.get(), limit, what);
}

std::optional<struct stat> RootDir::stat_if_exists(std::string_view path) const {
    const std::optional<Fd> found = open_if_exists(path, O_PATH);
    if (!found) return std::nullopt;
    struct stat status;
    check(fstat(found->get(), &status), "looking at '{}' in {}", printable(path), printable(name_));
    return status;
}

std::string proc_path(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

}  // namespace mincs::fs
