// Deleting, which nobody is to wait for: what is to go is renamed into a staging directory, and a
// process of its own empties that. It outlives the command and holds the directory's lock; is it
// killed, the next sweep finds the directory of a dead owner, as after any crash.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "db/staging.hh"

namespace mincs::db {

enum class Deletion {
    kWait,       ///< all is gone when the call returns
    kBackground  ///< little is deleted at once, much by a process in the background
};

/// Holds no lock that anybody waits for. Not to be used in a process that has threads: it may fork.
class Trash {
 public:
    explicit Trash(const Store& store) : store_(store) {}
    Trash(const Trash&) = delete;
    /// Where empty() was not called, as something failed: deletes what was taken, and leaves
    /// adopted directories for the next sweep, which they tell that there is work.
    ~Trash() = default;

    /// Makes the directory, which take() else does: from now on a crash makes the next sweep look
    /// at everything. On a full disk, which may have no room for it, things are deleted in their
    /// places: what a crash then leaves of them has no row.
    void open();
    /// A file or directory of the store. A missing one is fine, and so is one that a failing disk
    /// does not give up: the next sweep tries again.
    void take(const std::filesystem::path& path);
    /// Somebody else's staging directory, whose lock (if there is one) we hold.
    void adopt(std::filesystem::path staging, Fd lock);
    /// Something could not be taken, as somebody works on it: see Staging::leave_mark().
    void leave_mark() const;
    /// Bytes on disk of what was taken so far, as du counts.
    std::int64_t disk() const;
    void empty(Deletion deletion);

 private:
    struct Grave {
        std::filesystem::path path;  ///< a staging directory
        Fd lock;
    };
    void empty_in_child() const;
    const Store& store_;
    bool is_open_ = false;
    std::optional<Staging> staging_;
    std::vector<Grave> graves_;
};

}  // namespace mincs::db
