// See merge_plan.hh.
#include "libcore/layer/merge_plan.hh"

#include <algorithm>
#include <optional>
#include <set>

#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/entry_difference.hh"
#include "libcore/layer/mount_mark.hh"
#include "libcore/layer/overlay_origin.hh"
#include "libcore/layer/stacked_view.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

constexpr std::size_t kLargestJournal = 64u << 20;

constexpr const char* kChanged = "changed since the container was made";
constexpr const char* kMade = "made since the container was made";
constexpr const char* kRemoved = "removed since the container was made";
constexpr const char* kReplaced = "replaced since the container was made";
constexpr const char* kOtherMount = "on another mount";
constexpr const char* kUntouchable = "not to be touched: the kernel's, or the store";
constexpr const char* kImmutable = "immutable (chattr(1))";

bool operator<(const timespec& a, const timespec& b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

bool is_or_below(std::string_view path, std::string_view top) {
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

std::optional<FoundEntry> look(int directory, const std::string& name, const std::string& path) {
    FoundEntry entry{directory, name, {}};
    if (stat_in_image(directory, name, entry.status) == 0) return entry;
    if (errno == ENOENT) return std::nullopt;
    throw SysError(errno, "looking at '/{}'", printable(path));
}

bool is_directory(const FoundEntry& entry) {
    return S_ISDIR(entry.status.st_mode);
}

Fd open_directory(const FoundEntry& entry, const std::string& path) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return Fd(check(openat(entry.directory, entry.name.c_str(), flags),
                    "opening the directory '/{}'", printable(path)));
}

/// A directory of both trees.
struct Level {
    Fd upper;
    Fd lower;
    std::string path;  ///< "" for the root
};

class Planner {
 public:
    Planner(const fs::RootDir& upper, const fs::RootDir& lower, const MergeOptions& options)
        : upper_(upper), lower_(lower), options_(options) {}
    MergePlan run();

 private:
    void read_journal();
    void merge(const FoundEntry& up, const FoundEntry& down, const std::string& path,
               std::size_t depth);
    bool visit(const Level& level, const std::string& name, std::size_t depth);
    bool put(const FoundEntry& up, const std::optional<FoundEntry>& down, const std::string& path);
    void add_step(MergeStep::Kind kind, const std::optional<FoundEntry>& down,
                  const std::string& path);

    bool is_same(const FoundEntry& up, const FoundEntry& down, const std::string& path,
                 std::size_t depth);
    bool is_same_below(const FoundEntry& up, const FoundEntry& down, const std::string& path,
                       std::size_t depth);
    bool is_linked(const FoundEntry& up, const FoundEntry& down, const std::string& path);

    bool is_barred(const FoundEntry* down, const std::string& path);
    void check_untouched(const FoundEntry& down, const std::string& path, std::size_t depth);
    void check_origin(const FoundEntry& up, const std::string& path);
    bool has_changed(const FoundEntry& down) const {
        return !(down.status.st_ctim < options_.since);
    }
    void conflict(const std::string& path, const char* reason) {
        plan_.obstacles.push_back({"/" + path, reason, true});
    }

    const fs::RootDir& upper_;
    const fs::RootDir& lower_;
    const MergeOptions& options_;
    std::set<std::string> journal_;
    dev_t device_ = 0;
    MergePlan plan_;
};

void check_depth(const std::string& path, std::size_t depth) {
    if (depth > kMaxDepth)
        throw Error("'/{}': more than {} directories deep", printable(path.substr(0, 300)),
                    kMaxDepth);
}

MergePlan Planner::run() {
    read_journal();
    const FoundEntry up = *look(upper_.fd(), ".", "");
    const FoundEntry down = *look(lower_.fd(), ".", "");
    device_ = down.status.st_dev;
    merge(up, down, "", 0);
    return std::move(plan_);
}

void Planner::read_journal() {
    const std::string path = options_.staging + "/" + kMergeJournal;
    const std::string journal = lower_.read_file_if_exists(path, kLargestJournal).value_or("");
    for (std::size_t at = 0; at < journal.size(); at = journal.find('\0', at) + 1) {
        if (journal.find('\0', at) == std::string::npos) break;  // a crash cut it off
        journal_.insert(journal.c_str() + at);
    }
}

/// A directory that stays, and what is in it.
void Planner::merge(const FoundEntry& up, const FoundEntry& down, const std::string& path,
                    std::size_t depth) {
    check_depth(path, depth);
    const Difference difference = difference_of(down, up, path);
    DirectoryStep step{path, difference.mode || difference.owner || difference.xattrs, false};
    const bool is_ours = journal_.contains(path);
    if (step.metadata && has_changed(down) && !is_ours) conflict(path, kChanged);

    const Level level{open_directory(up, path), open_directory(down, path), path};
    bool is_altered = false;
    for (const std::string& name : sorted_names(level.upper.get(), path))
        if (visit(level, name, depth)) is_altered = true;
    // The root's time is nobody's; one to which the host has added names shall show that.
    step.times = !path.empty() && (difference.time || is_altered) &&
                 (is_ours || down.status.st_mtim < options_.since);
    if (step.metadata || step.times) plan_.directories.push_back(std::move(step));
}

/// Whether the directory's names change.
bool Planner::visit(const Level& level, const std::string& name, std::size_t depth) {
    options_.check_stop();
    const std::string path = join_path(level.path, name);
    const auto up = look(level.upper.get(), name, path);
    const bool is_removal = up && is_whiteout(up->status);
    if (!up || (!is_removal && is_nothing_to_put(up->directory, name, up->status))) return false;
    const auto down = look(level.lower.get(), name, path);
    if ((is_removal && !down) || is_barred(down ? &*down : nullptr, path)) return false;
    if (is_removal) {
        check_untouched(*down, path, depth);
        add_step(MergeStep::Kind::kRemove, down, path);
        return true;
    }
    const bool is_merge = is_directory(*up) && down && is_directory(*down) &&
                          !has_opaque_mark(open_directory(*up, path).get());
    if (!is_merge) return put(*up, down, path);
    const auto origin = OverlayOrigin::read(up->directory, name);
    // A directory of below is never renamed in an overlay of ours: where it is another one, the
    // host has put it there.
    if (origin && origin->is(down->directory, name) == false) conflict(path, kReplaced);
    merge(*up, *down, path, depth + 1);
    return false;
}

bool Planner::put(const FoundEntry& up, const std::optional<FoundEntry>& down,
                  const std::string& path) {
    if (down && is_same(up, *down, path, 0)) return false;
    if (down)
        check_untouched(*down, path, 0);
    else
        check_origin(up, path);
    add_step(MergeStep::Kind::kPut, down, path);
    return true;
}

void Planner::add_step(MergeStep::Kind kind, const std::optional<FoundEntry>& down,
                       const std::string& path) {
    MergeStep step{kind, path};
    if (down) {
        step.inode = down->status.st_ino;
        step.changed = down->status.st_ctim;
    }
    plan_.steps.push_back(std::move(step));
}

/// Whether below there is already what the upper tree has, with all that is in it.
bool Planner::is_same(const FoundEntry& up, const FoundEntry& down, const std::string& path,
                      std::size_t depth) {
    check_depth(path, depth);
    options_.check_stop();
    if (difference_of(down, up, path).any()) return false;
    if (is_directory(up)) return is_same_below(up, down, path, depth);
    return up.status.st_nlink == 1 || is_linked(up, down, path);
}

bool Planner::is_same_below(const FoundEntry& up, const FoundEntry& down, const std::string& path,
                            std::size_t depth) {
    const Fd upper = open_directory(up, path), lower = open_directory(down, path);
    std::vector<std::string> names = sorted_names(upper.get(), path);
    std::erase_if(names, [&](const std::string& name) {
        const auto entry = look(upper.get(), name, path);
        return !entry || is_nothing_to_put(upper.get(), name, entry->status);
    });
    if (names != sorted_names(lower.get(), path)) return false;
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        const std::string here = join_path(path, name);
        const auto entry = look(upper.get(), name, here), existing = look(lower.get(), name, here);
        return entry && existing && is_same(*entry, *existing, here, depth + 1);
    });
}

/// The names of one file of the upper tree are to be names of one file below; its first one that
/// is right says of which.
bool Planner::is_linked(const FoundEntry& up, const FoundEntry& down, const std::string& path) {
    const FileKey key{up.status.st_dev, up.status.st_ino};
    const auto [first, is_new] = plan_.linked.emplace(key, path);
    if (is_new) return true;
    const Fd parent = layer::open_directory(lower_, parent_path(first->second));
    const auto other =
        parent ? look(parent.get(), std::string(leaf_of(first->second)), path) : std::nullopt;
    return other && other->status.st_ino == down.status.st_ino;
}

/// What is refused whatever the caller wants.
bool Planner::is_barred(const FoundEntry* down, const std::string& path) {
    const auto bar = [&](const char* reason) {
        plan_.obstacles.push_back({"/" + path, reason, false});
        return true;
    };
    for (const std::string& top : options_.untouchable)
        if (is_or_below(path, top)) return bar(kUntouchable);
    if (!down) return false;
    struct statx status;
    check(statx(down->directory, down->name.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                STATX_BASIC_STATS, &status),
          "looking at '/{}'", printable(path));
    // A subvolume is no mount, but nothing can be renamed into it either.
    if ((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 || down->status.st_dev != device_)
        return bar(kOtherMount);
    if ((status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0)
        return bar(kImmutable);
    return false;
}

/// All that would be lost with the entry is as the container found it.
void Planner::check_untouched(const FoundEntry& down, const std::string& path, std::size_t depth) {
    check_depth(path, depth);
    options_.check_stop();
    if (has_changed(down)) {
        struct statx status = {};
        statx(down.directory, down.name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status);
        const timespec born{status.stx_btime.tv_sec, status.stx_btime.tv_nsec};
        const bool is_known = (status.stx_mask & STATX_BTIME) != 0;
        conflict(path, is_known && !(born < options_.since) ? kMade : kChanged);
    }
    if (!is_directory(down)) return;
    const Fd directory = open_directory(down, path);
    for (const std::string& name : sorted_names(directory.get(), path)) {
        const std::string here = join_path(path, name);
        const auto entry = look(directory.get(), name, here);
        if (entry && !is_barred(&*entry, here)) check_untouched(*entry, here, depth + 1);
    }
}

/// Of an entry that has nothing in its place: overlayfs may have noted where it was copied from. It
/// may have been renamed in the container; but if that file is gone, or was itself renamed since,
/// somebody else did it.
void Planner::check_origin(const FoundEntry& up, const std::string& path) {
    const auto origin = OverlayOrigin::read(up.directory, up.name);
    if (!origin) return;
    struct stat status;
    const OverlayOrigin::State state = origin->look(lower_, status);
    if (state == OverlayOrigin::State::kGone) conflict(path, kRemoved);
    if (state == OverlayOrigin::State::kThere && !(status.st_ctim < options_.since))
        conflict(path, kChanged);
}

}  // namespace

MergePlan plan_merge(const fs::RootDir& upper, const fs::RootDir& lower,
                     const MergeOptions& options) {
    return Planner(upper, lower, options).run();
}

bool is_nothing_to_put(int directory, const std::string& name, const struct stat& status) {
    return is_whiteout(status) || S_ISSOCK(status.st_mode) ||
           is_bare_mount_point(directory, name, status);
}

}  // namespace mincs::layer
