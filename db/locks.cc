// See locks.hh.
#include "db/locks.hh"

#include <charconv>
#include <set>

namespace mincs::db {
namespace {

/// Two keys that share their first 60 bits share a lock: one waits without need, nothing breaks.
off_t offset_of(std::string_view key) {
    off_t offset = 0;
    const std::string_view head = key.substr(0, 15);
    const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), offset, 16);
    if (error != std::errc() || end != head.data() + 15)
        throw Error("'{}' is no key of a layer or blob", printable(key));
    return offset;
}

/// `command`: F_OFD_SETLK or F_OFD_SETLKW. The result is fcntl's.
int set_lock(int fd, int command, short type, off_t offset) {
    struct flock range = {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = offset;
    range.l_len = 1;
    return fcntl(fd, command, &range);
}

bool is_held_elsewhere(int code) {
    return code == EAGAIN || code == EACCES;
}

void wait_for(int fd, off_t offset, const std::function<bool()>& stop) {
    while (set_lock(fd, F_OFD_SETLKW, F_WRLCK, offset) == -1) {
        if (errno != EINTR) throw SysError(errno, "locking a layer of the store");
        if (stop()) throw Error("waiting for another process's pull: interrupted");
    }
}

Fd open_locks(const Store& store) {
    const auto path = store.layout().key_locks();
    return Fd(check(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600),
                    "opening the lock '{}'", path.native()));
}

/// Images are named by digests too: their bytes begin behind those of layers and blobs.
off_t offset_of_image(std::string_view id) {
    return offset_of(id) | off_t{1} << 61;
}

}  // namespace

KeyLocks::KeyLocks(const Store& store) : fd_(open_locks(store)) {}

KeyLocks KeyLocks::acquire(const Store& store, const std::vector<std::string>& keys,
                           const std::function<void()>& on_wait,
                           const std::function<bool()>& stop) {
    KeyLocks locks(store);
    std::set<off_t> offsets;
    for (const std::string& key : keys) offsets.insert(offset_of(key));
    bool told = false;
    for (const off_t offset : offsets) {
        if (set_lock(locks.fd_.get(), F_OFD_SETLK, F_WRLCK, offset) == 0) continue;
        if (!is_held_elsewhere(errno)) throw SysError(errno, "locking a layer of the store");
        if (!std::exchange(told, true)) on_wait();
        wait_for(locks.fd_.get(), offset, stop);
    }
    return locks;
}

bool KeyLocks::try_lock(std::string_view key) {
    if (set_lock(fd_.get(), F_OFD_SETLK, F_WRLCK, offset_of(key)) == 0) return true;
    if (is_held_elsewhere(errno)) return false;
    throw SysError(errno, "locking a layer of the store");
}

bool KeyLocks::is_held(std::string_view key) const {
    struct flock range = {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = offset_of(key);
    range.l_len = 1;
    check(fcntl(fd_.get(), F_OFD_GETLK, &range), "looking at the locks of the store");
    return range.l_type != F_UNLCK;
}

ImageLock ImageLock::use(const Store& store, std::string_view image_id) {
    Fd fd = open_locks(store);
    while (set_lock(fd.get(), F_OFD_SETLKW, F_RDLCK, offset_of_image(image_id)) == -1)
        if (errno != EINTR) throw SysError(errno, "locking an image of the store");
    return ImageLock(std::move(fd));
}

std::optional<ImageLock> ImageLock::take(const Store& store,
                                         const std::vector<std::string>& image_ids) {
    constexpr int kTries = 200;
    constexpr useconds_t kPauseMicroseconds = 5000;
    Fd fd = open_locks(store);
    int tries = 0;
    for (const std::string& id : image_ids) {
        while (set_lock(fd.get(), F_OFD_SETLK, F_WRLCK, offset_of_image(id)) == -1) {
            if (!is_held_elsewhere(errno)) throw SysError(errno, "locking an image of the store");
            if (++tries == kTries) return std::nullopt;
            usleep(kPauseMicroseconds);
        }
    }
    return ImageLock(std::move(fd));
}

void KeyLocks::unlock(std::string_view key) {
    check(set_lock(fd_.get(), F_OFD_SETLK, F_UNLCK, offset_of(key)), "unlocking a layer");
}

}  // namespace mincs::db
