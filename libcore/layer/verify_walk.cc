// See verify_walk.hh.
#include "libcore/layer/verify_walk.hh"

#include <sys/sysmacros.h>

#include <algorithm>
#include <unordered_map>

#include "libcore/base/error.hh"
#include "libcore/fs/entry_owners.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

/// What a disk or file system says of data it has lost (EUCLEAN and EBADMSG: of its own checksums).
bool is_damage(int code) {
    return code == EIO || code == EUCLEAN || code == EBADMSG || code == ENODATA;
}

const char* type_name(mode_t mode, dev_t device) {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return "a file";
        case S_IFDIR:
            return "a directory";
        case S_IFLNK:
            return "a symbolic link";
        case S_IFCHR:
            return device == makedev(0, 0) ? "a whiteout" : "a character device";
        case S_IFBLK:
            return "a block device";
        case S_IFIFO:
            return "a fifo";
        default:
            return "a socket";
    }
}

std::string device_text(dev_t device) {
    return fmt::format("{}:{}", major(device), minor(device));
}

std::string time_text(const timespec& time) {
    return fmt::format("{}.{:09}", time.tv_sec, time.tv_nsec);
}

bool operator==(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// Its directory had no room to say whose it is (fs/entry_owners.hh).
bool is_unknown_owner(const FoundEntry& found) {
    return fs::notes_owners() && fs::is_noted_at_directory(found.status.st_mode) &&
           found.status.st_uid == 0 && found.status.st_gid == 0 &&
           !fs::has_all_owners(found.directory);
}

/// What differs about one thing, as one text.
class Text {
 public:
    template <typename... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        if (!text_.empty()) text_ += ", ";
        text_ += fmt::format(format, std::forward<Args>(args)...);
    }
    const std::string& text() const { return text_; }

 private:
    std::string text_;
};

void compare_xattrs(const std::vector<Xattr>& expected, const std::vector<Xattr>& found,
                    Text& text) {
    auto e = expected.begin();
    auto f = found.begin();
    while (e != expected.end() || f != found.end()) {
        if (f == found.end() || (e != expected.end() && e->name < f->name))
            text.add("attribute '{}' is missing", printable((e++)->name));
        else if (e == expected.end() || f->name < e->name)
            text.add("attribute '{}' is not the layer's", printable((f++)->name));
        else if ((e++)->value != f->value)
            text.add("attribute '{}' differs", printable((f++)->name));
        else
            ++f;
    }
}

class Walk {
 public:
    explicit Walk(const ContentCheck& has_content) : has_content_(has_content) {}

    void compare_root(int root, const ExpectedNode& expected) {
        struct stat status;
        check(stat_in_image(root, ".", status), "looking at the layer's directory");
        const std::string name = ".", path;
        compare_metadata(expected, {root, name, path, status});
        compare_children(root, expected, path);
    }
    std::vector<Difference> take() { return std::move(differences_); }

 private:
    void report(const std::string& path, const std::string& what) {
        if (!what.empty()) differences_.push_back({path, what});
    }
    void compare_children(int directory, const ExpectedNode& expected, const std::string& path);
    void compare_child(int directory, const std::string& name, const ExpectedNode& expected,
                       const std::string& path);
    void compare_entry(const ExpectedNode& expected, const FoundEntry& found);
    void compare_metadata(const ExpectedNode& expected, const FoundEntry& found);
    bool compare_identity(const ExpectedNode& expected, const FoundEntry& found);

    const ContentCheck& has_content_;
    std::vector<Difference> differences_;
    /// Of hard links: which node a file on disk is, and which file on disk a node is.
    struct Name {
        const ExpectedNode* node;
        std::string path;
    };
    std::unordered_map<ino_t, Name> by_inode_;
    std::unordered_map<const ExpectedNode*, std::pair<ino_t, std::string>> by_node_;
};

void Walk::compare_children(int directory, const ExpectedNode& expected, const std::string& path) {
    std::vector<std::string> names;
    try {
        names = sorted_names(directory, path);
    } catch (const SysError& error) {
        if (!is_damage(error.code())) throw;
        return report(path, "cannot be read: " + SysError::errno_text(error.code()));
    }
    const auto below = [&](const std::string& name) {
        return path.empty() ? name : path + "/" + name;
    };
    auto name = names.begin();
    auto child = expected.children.begin();
    while (name != names.end() || child != expected.children.end()) {
        if (name == names.end() || (child != expected.children.end() && child->first < *name)) {
            report(below(child->first), "is missing");
            ++child;
        } else if (child == expected.children.end() || *name < child->first) {
            report(below(*name), "is not the layer's");
            ++name;
        } else {
            compare_child(directory, *name, *child->second, below(*name));
            ++name;
            ++child;
        }
    }
}

void Walk::compare_child(int directory, const std::string& name, const ExpectedNode& expected,
                         const std::string& path) {
    try {
        struct stat status;
        check(stat_in_image(directory, name, status), "looking at '{}'", printable(path));
        compare_entry(expected, {directory, name, path, status});
        if (!expected.is_directory() || !S_ISDIR(status.st_mode)) return;
        const Fd next(
            check(openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                  "opening the directory '{}'", printable(path)));
        compare_children(next.get(), expected, path);
    } catch (const SysError& error) {
        // ENOENT, ENOTDIR: it went while we looked.
        const bool is_gone = error.code() == ENOENT || error.code() == ENOTDIR;
        if (!is_gone && !is_damage(error.code())) throw;
        report(path,
               is_gone ? "is missing" : "cannot be read: " + SysError::errno_text(error.code()));
    }
}

void Walk::compare_entry(const ExpectedNode& expected, const FoundEntry& found) {
    const struct stat& status = found.status;
    const bool same_type = (status.st_mode & S_IFMT) == (expected.mode & S_IFMT) &&
                           is_whiteout(status) == expected.is_whiteout();
    if (!same_type)
        return report(found.path,
                      fmt::format("is {} instead of {}", type_name(status.st_mode, status.st_rdev),
                                  type_name(expected.mode, expected.device)));
    // Of several names of one file the first tells about the file.
    if (!expected.is_directory() && !compare_identity(expected, found)) return;
    compare_metadata(expected, found);
}

/// False where all else about it has been said.
bool Walk::compare_identity(const ExpectedNode& expected, const FoundEntry& found) {
    const ino_t inode = found.status.st_ino;
    const auto [known, is_first] = by_node_.try_emplace(&expected, inode, found.path);
    if (!is_first && known->second.first != inode) {
        report(found.path,
               fmt::format("is not the same file as '{}'", printable(known->second.second)));
        return false;
    }
    if (found.status.st_nlink < 2) return true;
    const auto [other, is_new] = by_inode_.try_emplace(inode, Name{&expected, found.path});
    if (!is_new && other->second.node != &expected)
        report(found.path, fmt::format("is the same file as '{}'", printable(other->second.path)));
    return is_first;
}

void Walk::compare_metadata(const ExpectedNode& expected, const FoundEntry& found) {
    const struct stat& status = found.status;
    const std::string name = fs::proc_path(found.directory) + "/" + found.name;
    Text text;
    // Nobody sees a whiteout's owner and mode, so nobody has set them.
    if (!expected.is_whiteout()) {
        const mode_t mode = status.st_mode & 07777u;
        if (!S_ISLNK(status.st_mode) && mode != (expected.mode & 07777u))
            text.add("mode is {:04o} instead of {:04o}", mode, expected.mode & 07777u);
        const bool same_owner = status.st_uid == expected.uid && status.st_gid == expected.gid;
        if (!same_owner && !is_unknown_owner(found))
            text.add("owner is {}:{} instead of {}:{}", status.st_uid, status.st_gid, expected.uid,
                     expected.gid);
    }
    if (!(status.st_mtim == expected.modified))
        text.add("time is {} instead of {}", time_text(status.st_mtim),
                 time_text(expected.modified));
    if (S_ISLNK(status.st_mode)) {
        const std::string target = read_link(found.directory, found.name, found.path);
        if (target != expected.link_target)
            text.add("points to '{}' instead of '{}'", printable(target),
                     printable(expected.link_target));
    }
    const bool is_device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
    if (is_device && status.st_rdev != expected.device)
        text.add("device is {} instead of {}", device_text(status.st_rdev),
                 device_text(expected.device));
    if (!expected.is_whiteout())
        compare_xattrs(expected.xattrs, comparable_xattrs(read_xattrs(name, found.path)), text);
    if (S_ISREG(status.st_mode)) {
        if (status.st_size != expected.size)
            text.add("has {} bytes instead of {}", status.st_size, expected.size);
        else if (!has_content_(expected, found))
            text.add("content differs");
    }
    report(found.path, text.text());
}

}  // namespace

std::vector<Difference> compare_with_disk(const ExpectedTree& expected, const fs::RootDir& actual,
                                          const ContentCheck& has_content) {
    Walk walk(has_content);
    const Fd root = actual.open_at(".", O_PATH | O_DIRECTORY);
    walk.compare_root(root.get(), expected.root());
    return walk.take();
}

}  // namespace mincs::layer
