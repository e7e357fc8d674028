// See staging.hh.
#include "db/staging.hh"

#include <sys/random.h>
#include <sys/stat.h>

#include "libcore/base/log.hh"

namespace mincs::db {

std::filesystem::path staging_lock(const std::filesystem::path& path) {
    return path.native() + ".lock";
}

std::string random_hex(std::size_t digits) {
    std::string bytes(digits / 2, '\0');
    // Up to 256 bytes come whole and are never interrupted (getrandom(2)).
    check(getrandom(bytes.data(), bytes.size(), 0), "asking the kernel for random bytes");
    std::string hex;
    for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return hex;
}

Staging Staging::create(const Store& store) {
    const auto path = store.layout().staging() / random_hex(32);
    // Between the lock file's birth and its lock a sweep would find it free.
    const FileLock birth = FileLock::acquire(store.layout().birth_lock(), FileLock::Mode::kShared);
    Staging staging(path, FileLock::acquire(staging_lock(path)));
    check(mkdir(path.c_str(), 0700), "creating the directory '{}'", path.native());
    return staging;
}

Staging::~Staging() {
    if (path_.empty()) return;
    try {
        // The lock file goes last and while it is held: whoever finds it free finds no directory
        // any more, or one whose owner died.
        remove_tree(path_);
        if (is_mark_)
            check(mkdir(path_.c_str(), 0700), "creating the directory '{}'", path_.native());
        else
            unlink(staging_lock(path_).c_str());
    } catch (const Error& error) {
        debug("{}; the next command's sweep tries again", error.what());
    }
}

std::pair<std::filesystem::path, FileLock> Staging::release() && {
    FileLock lock = std::move(*lock_);
    lock_.reset();
    return {std::exchange(path_, {}), std::move(lock)};
}

void Staging::bury(const std::filesystem::path& thing) const {
    const auto grave = path_ / random_hex(32);
    if (rename(thing.c_str(), grave.c_str()) == -1 && errno != ENOENT)
        throw SysError(errno, "moving '{}' to '{}'", thing.native(), grave.native());
}

}  // namespace mincs::db
