// See trash.hh.
#include "db/trash.hh"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <limits>

#include "libcore/base/disk_usage.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"

namespace mincs::db {
namespace {

/// Entries that are deleted at once: as long as a fork takes, or two.
constexpr std::int64_t kAtOnce = 200;
constexpr int kNiceness = 10;

/// The lock file goes last and while it is held: whoever finds it free finds no directory any more,
/// or one whose owner died. False: there is more than `entries`.
bool empty_grave(const std::filesystem::path& path, std::int64_t& entries) {
    if (!remove_some(path, entries)) return false;
    unlink(staging_lock(path).c_str());
    return true;
}

/// Closes all descriptors but these and the three standard ones, which lead nowhere from here on:
/// whoever reads our output must not wait for us, and no lock of the command is to stay held.
void let_go_of_everything_but(std::vector<int> kept) {
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {0, 1, 2}) dup2(nowhere, standard);
    close_descriptors_but(std::move(kept));
}

}  // namespace

void Trash::open() {
    if (std::exchange(is_open_, true)) return;
    try {
        staging_.emplace(Staging::create(store_));
    } catch (const SysError& error) {
        if (error.code() != ENOSPC && error.code() != EDQUOT) throw;
    }
}

void Trash::take(const std::filesystem::path& path) {
    open();
    try {
        if (staging_) return staging_->bury(path);
    } catch (const SysError& error) {
        debug("{}; deleting it in its place", error.what());
    }
    try {
        remove_tree(path);
    } catch (const Error& error) {
        // It is nobody's any more, so nobody has to fail for it.
        debug("{}; the next command's sweep tries again", error.what());
        leave_mark();
    }
}

void Trash::adopt(std::filesystem::path staging, Fd lock) {
    graves_.push_back({std::move(staging), std::move(lock)});
}

void Trash::leave_mark() const {
    try {
        Staging::create(store_).leave_mark();
    } catch (const SysError& error) {
        debug("{}", error.what());  // a full disk: `marten gc` finds it
    }
}

std::int64_t Trash::disk() const {
    std::int64_t bytes = 0;
    const auto count = [&](const std::filesystem::path& directory) {
        if (std::filesystem::is_directory(directory))
            for (const auto& entry : std::filesystem::directory_iterator(directory))
                bytes += disk_usage(entry.path());
    };
    if (staging_) count(staging_->path());
    for (const Grave& grave : graves_) count(grave.path);
    return bytes;
}

void Trash::empty(Deletion deletion) {
    if (staging_) {
        auto [path, lock] = std::move(*staging_).release();
        graves_.push_back({std::move(path), std::move(lock).release()});
        staging_.reset();
        is_open_ = false;
    }
    std::int64_t budget =
        deletion == Deletion::kWait ? std::numeric_limits<std::int64_t>::max() : kAtOnce;
    while (!graves_.empty() && empty_grave(graves_.back().path, budget)) graves_.pop_back();
    if (graves_.empty()) return;
    const pid_t child = fork();
    if (child == 0) empty_in_child();
    if (child == -1)
        for (const Grave& grave : graves_) {
            std::int64_t all = std::numeric_limits<std::int64_t>::max();
            empty_grave(grave.path, all);
        }
    graves_.clear();
}

/// The child's life. It must touch nothing of the database, and run no destructor of ours.
void Trash::empty_in_child() const {
    try {
        setsid();
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, SIG_DFL);
        setpriority(PRIO_PROCESS, 0, kNiceness);
        std::vector<int> locks;
        for (const Grave& grave : graves_)
            if (grave.lock) locks.push_back(grave.lock.get());
        let_go_of_everything_but(std::move(locks));
        if (chdir("/") == -1) _exit(1);
        for (const Grave& grave : graves_) {
            std::int64_t all = std::numeric_limits<std::int64_t>::max();
            empty_grave(grave.path, all);
        }
    } catch (...) {
        // The next sweep finds what is left.
    }
    _exit(0);
}

}  // namespace mincs::db
