// Files of our own and of the host, by trusted path: reading with a bound, writing in one step,
// temporary directories, locks, removing a tree. Paths inside an image go through fs/root_dir
// instead.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "libcore/base/fd.hh"

namespace mincs {

/// Bytes a small text file (a config, /proc entry, passwd) may have before we refuse to read it.
inline constexpr std::size_t kSmallFile = 4u << 20;

/// The whole file; throws SysError, or Error where it has more than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit = kSmallFile);
/// The same; nothing where the file does not exist.
std::optional<std::string> read_file_if_exists(const std::filesystem::path& path,
                                               std::size_t limit = kSmallFile);
/// From the descriptor's offset to the end. `what` names it in errors.
std::string read_all(int fd, std::size_t limit, std::string_view what);

/// Writes all bytes, however the kernel splits them.
void write_all(int fd, std::string_view data, std::string_view what);
/// Creates or replaces `path` in one step: temporary file beside it, fsync, rename.
void write_file_atomic(const std::filesystem::path& path, std::string_view data,
                       mode_t mode = 0644);

/// The same without waiting for the disk: after a power cut the file may be the old one, or empty.
void replace_file(const std::filesystem::path& path, std::string_view data, mode_t mode = 0644);

/// mkdir -p.
void make_directories(const std::filesystem::path& path, mode_t mode = 0755);

/// Removes `path` and all below it without following a link and without leaving its file system: a
/// mount found below is an error (EBUSY), never emptied. A missing path is fine.
void remove_tree(const std::filesystem::path& path);
/// The same for entry `name` of the directory `dir_fd`.
void remove_tree_at(int dir_fd, const std::string& name);

/// As remove_tree, but removes at most `entries` entries, which it counts down. False: there are
/// more.
bool remove_some(const std::filesystem::path& path, std::int64_t& entries);

/// The absolute path of the running program, by /proc/self/exe.
std::filesystem::path own_executable();

/// A new empty directory that is removed with all below when the owner goes.
class TempDir {
 public:
    /// Below `parent` (default: $TMPDIR or /tmp), mode 0700.
    explicit TempDir(const std::filesystem::path& parent = {}, std::string_view prefix = "mincs");
    TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TempDir& operator=(TempDir&&) = delete;
    ~TempDir();

    const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

/// An advisory lock (flock(2)) on a file, held until the owner goes, also across a crash of the
/// process.
class FileLock {
 public:
    enum class Mode { kShared, kExclusive };

    /// Creates the file where needed and waits for the lock.
    static FileLock acquire(const std::filesystem::path& path, Mode mode = Mode::kExclusive);
    /// Nothing where somebody else holds it.
    static std::optional<FileLock> try_acquire(const std::filesystem::path& path,
                                               Mode mode = Mode::kExclusive);
    /// The descriptor that holds it, given up to the caller.
    Fd release() && { return std::move(fd_); }

 private:
    explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

}  // namespace mincs
