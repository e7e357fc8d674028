// Where everything unfinished lives: staging/RANDOM/, with staging/RANDOM.lock beside it, which its
// owner holds (flock) as long as it lives. A free lock tells a sweep that the owner is dead.
#pragma once

#include <filesystem>
#include <optional>

#include "db/store.hh"
#include "libcore/base/files.hh"

namespace mincs::db {

/// A directory below staging/, empty at first; it goes with all that is still in it when the owner
/// goes.
class Staging {
 public:
    static Staging create(const Store& store);
    Staging(Staging&& other) noexcept
        : path_(std::exchange(other.path_, {})),
          lock_(std::move(other.lock_)),
          is_mark_(other.is_mark_) {}
    Staging& operator=(Staging&&) = delete;
    ~Staging();

    const std::filesystem::path& path() const { return path_; }
    /// Takes `thing` (on the same file system) out of everybody's sight, to be deleted with this
    /// directory. A missing one is fine.
    void bury(const std::filesystem::path& thing) const;
    /// Something outside may be garbage now that this process cannot take away itself: the
    /// directory stays, empty, as that of a dead owner does, and so makes the next sweep look at
    /// everything.
    void leave_mark() const { is_mark_ = true; }
    /// Gives the directory up with its lock, to whoever deletes both (trash.hh).
    std::pair<std::filesystem::path, FileLock> release() &&;

 private:
    Staging(std::filesystem::path path, FileLock lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}
    std::filesystem::path path_;
    std::optional<FileLock> lock_;
    mutable bool is_mark_ = false;
};

/// The lock file that belongs to the staging directory `path`.
std::filesystem::path staging_lock(const std::filesystem::path& path);

/// `digits` random hex digits from getrandom(2); an even number.
std::string random_hex(std::size_t digits);

}  // namespace mincs::db
