// See changes.hh.
#include "libcore/layer/changes.hh"

#include <sys/xattr.h>

#include <algorithm>
#include <map>
#include <optional>

#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/mount_mark.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

/// What one name stands for in both trees.
struct Pair {
    std::optional<struct stat> before;
    std::optional<struct stat> now;
};
using Pairs = std::map<std::string, Pair>;

/// Of what vanishes between its listing and the look at it: nothing. `owners`: of a merged tree.
std::optional<struct stat> status_of(int directory, const std::string& name,
                                     const std::string& path, const fs::StackedOwners* owners) {
    struct stat status;
    if (stat_in_image(directory, name, status) == 0) {
        if (owners) owners->put_back(path.substr(1), status);
        return status;
    }
    if (errno == ENOENT) return std::nullopt;
    throw SysError(errno, "looking at '{}'", printable(path));
}

bool is_directory(const std::optional<struct stat>& status) {
    return status && S_ISDIR(status->st_mode);
}

/// Nothing where it is no directory any more.
Fd open_directory(int parent, const std::string& name, const std::string& path) {
    Fd directory(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
        throw SysError(errno, "opening '{}'", printable(path));
    return directory;
}

/// A directory of both trees.
struct Level {
    Fd before;  ///< none: there was no such directory
    Fd now;
    std::string path;  ///< "" for the root
    bool is_whole;     ///< what `now` lacks is gone, and not just unchanged
};

class Walker {
 public:
    /// `is_upper`: what `now` lacks is as before, unless a whiteout or an opaque mark says
    /// otherwise.
    /// `was_mounted_on`: there may be places that minc made for that.
    Walker(const ChangeSink& sink, bool is_upper, bool was_mounted_on)
        : sink_(sink), is_upper_(is_upper), was_mounted_on_(was_mounted_on) {}

    void run(const fs::RootDir* before, const fs::RootDir& now);

 private:
    Pairs list(const Level& level) const;
    void add_former(Pairs& pairs, const Level& level) const;
    void walk(const Level& level, const Pairs& pairs, std::size_t depth);
    void tell_pair(const Level& level, const std::string& name, const Pair& pair,
                   std::size_t depth);
    void tell_directory(const Level& parent, const std::string& name, const Pair& pair,
                        std::size_t depth);
    void tell(ChangeKind kind, const std::string& path, const struct stat& status,
              const Difference& difference = {}) {
        is_ended_ = is_ended_ || !sink_({kind, path, status, difference});
    }

    const ChangeSink& sink_;
    bool is_upper_, was_mounted_on_;
    const fs::StackedOwners* old_owners_ = nullptr;
    const fs::StackedOwners* new_owners_ = nullptr;
    bool is_ended_ = false;
};

bool is_opaque(int directory, const std::string& path) {
    char value[2];
    const ssize_t size = fgetxattr(directory, fs::opaque_attribute(), value, sizeof value);
    if (size < 0 && errno != ENODATA && errno != ENOTSUP && errno != ERANGE)
        throw SysError(errno, "attributes of '{}'", printable(path));
    return size == 1 && std::string_view(value, 1) == kOpaqueValue;
}

void Walker::run(const fs::RootDir* before, const fs::RootDir& now) {
    Level root{Fd(), now.open_at(".", O_RDONLY | O_DIRECTORY), "", !is_upper_};
    new_owners_ = now.owners();
    if (before) {
        old_owners_ = before->owners();
        root.before = before->open_at(".", O_RDONLY | O_DIRECTORY);
        FoundEntry old_entry{root.before.get(), ".", {}}, new_entry{root.now.get(), ".", {}};
        check(stat_in_image(root.before.get(), ".", old_entry.status), "looking at the root");
        check(stat_in_image(root.now.get(), ".", new_entry.status), "looking at the root");
        Difference difference = difference_of(old_entry, new_entry, "/");
        difference.time = false;
        if (difference.any()) tell(ChangeKind::kChanged, "/", new_entry.status, difference);
    }
    walk(root, list(root), 0);
}

void Walker::add_former(Pairs& pairs, const Level& level) const {
    for (const std::string& name : sorted_names(level.before.get(), level.path)) {
        const auto status =
            status_of(level.before.get(), name, level.path + "/" + name, old_owners_);
        if (status && !is_whiteout(*status)) pairs[name].before = status;
    }
}

/// All names of a directory that may tell something.
Pairs Walker::list(const Level& level) const {
    Pairs pairs;
    if (level.before && level.is_whole) add_former(pairs, level);
    for (const std::string& name : sorted_names(level.now.get(), level.path)) {
        const std::string path = level.path + "/" + name;
        const auto status = status_of(level.now.get(), name, path, new_owners_);
        if (!status || (was_mounted_on_ && is_bare_mount_point(level.now.get(), name, *status)))
            continue;
        Pair& pair = pairs[name];
        if (level.before && !level.is_whole) {
            pair.before = status_of(level.before.get(), name, path, old_owners_);
            if (pair.before && is_whiteout(*pair.before)) pair.before.reset();
        }
        if (!is_whiteout(*status)) pair.now = status;
    }
    return pairs;
}

void Walker::walk(const Level& level, const Pairs& pairs, std::size_t depth) {
    if (depth > kMaxDepth)
        throw Error("'{}': more than {} directories deep", printable(level.path.substr(0, 300)),
                    kMaxDepth);
    for (const auto& [name, pair] : pairs) {
        if (is_ended_) return;
        tell_pair(level, name, pair, depth);
    }
}

void Walker::tell_pair(const Level& level, const std::string& name, const Pair& pair,
                       std::size_t depth) {
    const std::string path = level.path + "/" + name;
    if (is_directory(pair.now)) return tell_directory(level, name, pair, depth);
    if (!pair.now && pair.before) return tell(ChangeKind::kRemoved, path, *pair.before);
    if (!pair.now) return;
    if (!pair.before) return tell(ChangeKind::kAdded, path, *pair.now);
    const Difference difference = difference_of({level.before.get(), name, *pair.before},
                                                {level.now.get(), name, *pair.now}, path);
    if (difference.any()) tell(ChangeKind::kChanged, path, *pair.now, difference);
}

void Walker::tell_directory(const Level& parent, const std::string& name, const Pair& pair,
                            std::size_t depth) {
    Level level{Fd(), Fd(), parent.path + "/" + name, parent.is_whole};
    level.now = open_directory(parent.now.get(), name, level.path);
    if (!level.now) return;
    // What is below an opaque directory is whole without a mark of its own.
    level.is_whole = level.is_whole || is_opaque(level.now.get(), level.path);
    if (is_directory(pair.before))
        level.before = open_directory(parent.before.get(), name, level.path);
    const Pairs pairs = list(level);
    if (!pair.before) {
        tell(ChangeKind::kAdded, level.path, *pair.now);
    } else {
        Difference difference = difference_of({parent.before.get(), name, *pair.before},
                                              {parent.now.get(), name, *pair.now}, level.path);
        difference.content =
            !difference.type && std::any_of(pairs.begin(), pairs.end(), [](const auto& each) {
                return each.second.before.has_value() != each.second.now.has_value();
            });
        if (difference.any()) tell(ChangeKind::kChanged, level.path, *pair.now, difference);
    }
    walk(level, pairs, depth + 1);
}

}  // namespace

void changes_in_upper(const fs::RootDir& upper, const fs::RootDir* below, const ChangeSink& sink) {
    Walker(sink, true, true).run(below, upper);
}

void changes_between(const fs::RootDir& before, const fs::RootDir& now, const ChangeSink& sink) {
    Walker(sink, false, false).run(&before, now);
}

void changes_in_copy(const fs::RootDir& before, const fs::RootDir& copy, const ChangeSink& sink) {
    Walker(sink, false, true).run(&before, copy);
}

}  // namespace mincs::layer
