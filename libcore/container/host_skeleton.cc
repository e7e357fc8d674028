// See host_skeleton.hh.
#include "libcore/container/host_skeleton.hh"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"

namespace mincs::container {
namespace {

/// Everybody may write there (FHS 5.15), but its owner has no ID here, and an overlay copies no
/// such directory (EOVERFLOW), unless it is the overlay's own root. /tmp is one anyway.
constexpr std::string_view kForEverybody = "/var/tmp";

/// A file that is larger is shown, read-only, and not copied; the sum has a bound, too.
constexpr off_t kSmall = 256 << 10;
constexpr off_t kMostCopied = 32 << 20;

struct CloseDirectory {
    void operator()(DIR* stream) const { closedir(stream); }
};

std::vector<std::string> names_in(const std::string& directory) {
    const std::unique_ptr<DIR, CloseDirectory> stream(opendir(directory.c_str()));
    if (!stream && errno == EACCES) return {};  // it is as closed as it would be
    if (!stream) throw SysError(errno, "reading the directory '{}'", printable(directory));
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream.get())) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    return names;
}

class Skeleton {
 public:
    explicit Skeleton(const std::vector<fs::MountInfo>& mounts) {
        for (const fs::MountInfo& mount : mounts) mount_points_.insert(mount.mount_point);
    }

    std::vector<HostPart> make(int target) {
        fill(target, "/");
        return std::move(parts_);
    }

 private:
    /// Something further down is a mount, or must be one.
    bool is_split(const std::string& path) const {
        if (kForEverybody.starts_with(path + "/")) return true;
        const auto next = mount_points_.lower_bound(path + "/");
        return next != mount_points_.end() && next->starts_with(path + "/");
    }

    void fill(int target, const std::string& directory) {
        const std::string prefix = directory == "/" ? "/" : directory + "/";
        for (const std::string& name : names_in(directory)) add(target, name, prefix + name);
        struct stat model;
        check(stat(directory.c_str(), &model), "examining '{}'", printable(directory));
        check(fchmod(target, model.st_mode & 07777), "setting a mode");
        const timespec times[2] = {model.st_atim, model.st_mtim};
        check(futimens(target, times), "setting times");
    }

    void add(int target, const std::string& name, const std::string& path) {
        struct stat info;
        if (lstat(path.c_str(), &info) == -1) return;  // it went meanwhile, or is another user's
        if (S_ISDIR(info.st_mode)) {
            add_directory(target, name, path);
        } else if (S_ISLNK(info.st_mode)) {
            std::array<char, 4096> text;
            const ssize_t size = readlink(path.c_str(), text.data(), text.size() - 1);
            if (size <= 0) return;
            text[static_cast<std::size_t>(size)] = '\0';
            check(symlinkat(text.data(), target, name.c_str()), "making the link '{}'",
                  printable(path));
        } else if (S_ISREG(info.st_mode)) {
            add_file(target, name, path, info);
        }
    }

    void add_directory(int target, const std::string& name, const std::string& path) {
        check(mkdirat(target, name.c_str(), 0755), "making the directory '{}'", printable(path));
        if (mount_points_.contains(path)) return;
        if (!is_split(path)) return parts_.push_back({path});
        const Fd below(check(openat(target, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                             "opening the directory '{}'", printable(path)));
        fill(below.get(), path);
    }

    void add_file(int target, const std::string& name, const std::string& path,
                  const struct stat& info) {
        const Fd file(
            check(openat(target, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                  "making the file '{}'", printable(path)));
        if (mount_points_.contains(path)) return;
        const bool is_small = info.st_size <= kSmall && copied_ + info.st_size <= kMostCopied;
        const Fd source(is_small ? open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1);
        if (!source) return parts_.push_back({path, false});
        const std::string content = read_all(source.get(), kSmallFile, path);
        write_all(file.get(), content, path);
        copied_ += static_cast<off_t>(content.size());
        check(fchmod(file.get(), info.st_mode & 0777), "setting a mode");
        const timespec times[2] = {info.st_atim, info.st_mtim};
        check(futimens(file.get(), times), "setting times");
    }

    std::set<std::string> mount_points_;
    std::vector<HostPart> parts_;
    off_t copied_ = 0;
};

}  // namespace

std::vector<HostPart> make_host_skeleton(int target, const std::vector<fs::MountInfo>& mounts) {
    const Fd top(check(openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                       "opening the skeleton of '/'"));
    return Skeleton(mounts).make(top.get());
}

}  // namespace mincs::container
