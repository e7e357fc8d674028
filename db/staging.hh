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
        : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
    Staging& operator=(Staging&&) = delete;
    ~Staging();

    const std::filesystem::path& path() const { return path_; }
    /// Takes `thing` (on the same file system) out of everybody's sight, to be deleted with this
    /// directory. A missing one is fine.
    void bury(const std::filesystem::path& thing) const;

 private:
    Staging(std::filesystem::path path, FileLock lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}
    std::filesystem::path path_;
    std::optional<FileLock> lock_;
};

/// The lock file that belongs to the staging directory `path`.
std::filesystem::path staging_lock(const std::filesystem::path& path);

/// `digits` random hex digits from getrandom(2); an even number.
std::string random_hex(std::size_t digits);

}  // namespace mincs::db
