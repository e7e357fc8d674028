// Locks on single layers, blobs and images, so that two processes never fetch, place or delete the
// same one at once. One byte of the file locks/keys stands for one key (chosen by its first 60
// bits), held by an open file description lock (fcntl(2), F_OFD_SETLK): hundreds of keys cost one
// descriptor, no lock file is ever left over, and the kernel frees them all when the process ends,
// however it ends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/store.hh"
#include "libcore/base/fd.hh"

namespace mincs::db {

class KeyLocks {
 public:
    /// Locks all `keys` (hex digests), in one order for everybody, so that no two processes wait
    /// for each other. Where one is held elsewhere: calls `on_wait` once, then waits; throws Error
    /// when `stop` says true after a signal has interrupted the wait.
    static KeyLocks acquire(const Store& store, const std::vector<std::string>& keys,
                            const std::function<void()>& on_wait,
                            const std::function<bool()>& stop);
    /// Holds nothing yet; for try_lock.
    explicit KeyLocks(const Store& store);

    /// False where another process holds the key. Never waits.
    bool try_lock(std::string_view key);
    void unlock(std::string_view key);
    /// Whether somebody else holds it at this moment; takes nothing.
    bool is_held(std::string_view key) const;

 private:
    Fd fd_;
};

/// Images kept as they are without a row that says so, or held by the one who changes that: other
/// bytes of the same file.
class ImageLock {
 public:
    /// Shared, for a container that has no row. Waits while the image is being removed or mended.
    static ImageLock use(const Store& store, std::string_view image_id);
    /// Exclusive; nothing where one is in use for longer than commands are short.
    static std::optional<ImageLock> take(const Store& store,
                                         const std::vector<std::string>& image_ids);

 private:
    explicit ImageLock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

}  // namespace mincs::db
