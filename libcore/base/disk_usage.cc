// See disk_usage.hh. A walk with a stack of its own: directories may be nested deeper than a
// process may have descriptors, so those far up are closed and found again by "..", and compared.
#include "libcore/base/disk_usage.hh"

#include <dirent.h>
#include <sys/stat.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs {
namespace {

constexpr int kLookFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t kOpenLevels = 64;
constexpr std::int64_t kBlock = 512;  // stat(2): st_blocks are of 512 bytes everywhere

struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
};

bool is_gone(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP;
}

class Walk {
 public:
    explicit Walk(const struct stat& top) : device_(top.st_dev) {}

    std::int64_t run(Fd top, const struct stat& status) {
        enter(std::move(top), status);
        while (!levels_.empty()) {
            Level& level = levels_.back();
            if (level.below.empty()) {
                leave();
                continue;
            }
            const std::string name = std::move(level.below.back());
            level.below.pop_back();
            descend(level.fd.get(), name);
        }
        return bytes_;
    }

 private:
    struct Level {
        Fd fd;
        ino_t inode;
        std::vector<std::string> below;  ///< directories not yet looked into
    };

    void descend(int parent, const std::string& name) {
        Fd fd(openat(parent, name.c_str(), kLookFlags));
        if (!fd && is_gone(errno)) return;
        check(fd.get(), "opening the directory '{}'", printable(name));
        struct stat status;
        check(fstat(fd.get(), &status), "looking at '{}'", printable(name));
        if (status.st_dev == device_) enter(std::move(fd), status);
    }

    void enter(Fd fd, const struct stat& status) {
        count(status);
        Level level{std::move(fd), status.st_ino, {}};
        read(level);
        if (levels_.size() >= kOpenLevels) levels_[levels_.size() - kOpenLevels].fd.reset();
        levels_.push_back(std::move(level));
    }

    void read(Level& level) {
        // A second descriptor, as closedir() closes the one it reads from.
        Fd own = level.fd.duplicate();
        const std::unique_ptr<DIR, CloseDir> dir(fdopendir(own.get()));
        if (!dir) throw SysError(errno, "reading a directory");
        own.release();
        while (const dirent* entry = readdir(dir.get())) {
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..") continue;
            if (entry->d_type == DT_DIR) {
                level.below.emplace_back(name);
                continue;
            }
            struct stat status;
            if (fstatat(level.fd.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == -1) {
                if (is_gone(errno)) continue;
                throw SysError(errno, "looking at '{}'", printable(name));
            }
            if (S_ISDIR(status.st_mode))  // of a file system that tells no types
                level.below.emplace_back(name);
            else if (status.st_dev == device_)
                count(status);
        }
    }

    void count(const struct stat& status) {
        if (!S_ISDIR(status.st_mode) && status.st_nlink > 1 &&
            !linked_.insert(status.st_ino).second)
            return;
        bytes_ += status.st_blocks * kBlock;
    }

    void leave() {
        const Fd left = std::move(levels_.back().fd);
        levels_.pop_back();
        if (levels_.empty() || levels_.back().fd) return;
        Level& level = levels_.back();
        level.fd.reset(openat(left.get(), "..", kLookFlags));
        struct stat status;
        const bool same = level.fd && fstat(level.fd.get(), &status) == 0 &&
                          status.st_dev == device_ && status.st_ino == level.inode;
        // Somebody has moved it elsewhere while we were below: what is left of it is not counted.
        if (!same) levels_.clear();
    }

    dev_t device_;
    std::int64_t bytes_ = 0;
    std::vector<Level> levels_;
    std::set<ino_t> linked_;  ///< seen files with several names
};

}  // namespace

std::int64_t disk_usage(const std::filesystem::path& path) {
    struct stat status;
    if (lstat(path.c_str(), &status) == -1) {
        if (is_gone(errno)) return 0;
        throw SysError(errno, "looking at '{}'", path.native());
    }
    if (!S_ISDIR(status.st_mode)) return status.st_blocks * kBlock;
    Fd top(open(path.c_str(), kLookFlags));
    if (!top && is_gone(errno)) return 0;
    check(top.get(), "opening the directory '{}'", path.native());
    return Walk(status).run(std::move(top), status);
}

}  // namespace mincs
