// See merge_down.hh. Merge::run() is the whole story.
#include "libcore/layer/merge_down.hh"

#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/disk_copy.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/stacked_view.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

constexpr int kReadDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The directory of `path`, and its name there; "." for the root.
struct NamedPlace {
    NamedPlace(const fs::RootDir& tree, const std::string& path)
        : directory(check(open_directory(tree, parent_path(path)).release(),
                          "opening the directory of '/{}'", printable(path))),
          name(path.empty() ? "." : leaf_of(path)) {}

    std::optional<struct stat> look() const {
        struct stat status;
        if (fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            return status;
        if (errno == ENOENT) return std::nullopt;
        throw SysError(errno, "looking at '{}'", printable(name));
    }
    Place place() const { return {directory.get(), name}; }

    Fd directory;
    std::string name;
};

FoundEntry find_entry(const NamedPlace& place) {
    FoundEntry entry{place.directory.get(), place.name, {}};
    check(stat_in_image(entry.directory, entry.name, entry.status), "looking at '{}'",
          printable(entry.name));
    return entry;
}

TarEntry entry_to_put(const FoundEntry& from, const std::string& path) {
    TarEntry entry = entry_on_disk(from, path);
    std::erase_if(entry.xattrs, [](const Xattr& it) { return it.name == fs::mount_point_mark(); });
    return entry;
}

/// The merge's own directory in the lower tree.
class Staging {
 public:
    Staging(const fs::RootDir& tree, const std::string& name) : tree_(tree), name_(name) {
        is_new_ = mkdirat(tree.fd(), name.c_str(), 0700) == 0;
        if (!is_new_ && errno != EEXIST) throw SysError(errno, "making '/{}'", name);
        directory_ =
            Fd(check(openat(tree.fd(), name.c_str(), kReadDirectory), "opening '/{}'", name));
        clear();
    }
    Staging(const Staging&) = delete;
    /// Where the tree has been touched and the merge is not done, the journal stays for the next.
    ~Staging() {
        try {
            clear();
            if (is_new_ && !is_in_use_) remove_tree_at(tree_.fd(), name_);
        } catch (const Error&) {  // the next merge clears it
        }
    }

    int fd() const { return directory_.get(); }
    std::string path(const std::string& name) const { return name_ + "/" + name; }
    /// From now on the tree is being changed.
    void commit() { is_in_use_ = true; }
    void finish() {
        clear();
        is_new_ = true;
        is_in_use_ = false;
    }

    void write_journal(const std::vector<DirectoryStep>& directories) const {
        std::string text;
        for (const DirectoryStep& step : directories) text += step.path + '\0';
        const std::string fresh = std::string(kMergeJournal) + ".new";
        const Fd file(
            check(openat(fd(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                  "making '/{}'", path(fresh)));
        write_all(file.get(), text, "the merge's journal");
        check(renameat(fd(), fresh.c_str(), fd(), kMergeJournal), "renaming '/{}'", path(fresh));
    }

 private:
    void clear() const {
        for (const std::string& name : sorted_names(fd(), name_))
            if (name != kMergeJournal) remove_tree_at(fd(), name);
    }

    const fs::RootDir& tree_;
    std::string name_;
    Fd directory_;
    bool is_new_;
    bool is_in_use_ = false;
};

class Merge {
 public:
    Merge(const MergePlan& plan, const fs::RootDir& upper, const fs::RootDir& lower,
          const MergeOptions& options)
        : plan_(plan),
          upper_(upper),
          lower_(lower),
          options_(options),
          maker_(lower, FileMaker::Inheritance::kAssumed),
          linked_(plan.linked),
          staging_(lower, options.staging) {}

    void run() {
        staging_.write_journal(plan_.directories);
        for (std::size_t i = 0; i < plan_.steps.size(); ++i)
            if (plan_.steps[i].kind == MergeStep::Kind::kPut) stage(i);
        sync();
        for (const MergeStep& step : plan_.steps) check_unchanged(step);
        // From here on the tree changes, and a signal no longer stops it half-way.
        staging_.commit();
        for (const DirectoryStep& step : plan_.directories)
            if (step.metadata) set_metadata(step.path);
        put_all();
        sync();
        remove_all();
        for (const DirectoryStep& step : plan_.directories)
            if (step.times) set_times(step.path);
        sync();
        staging_.finish();
    }

 private:
    void stage(std::size_t index);
    void stage_entry(const FoundEntry& from, const Place& to, const std::string& path,
                     const std::string& staged);
    void stage_directory(const FoundEntry& from, const Place& to, const std::string& path,
                         const std::string& staged);
    bool stage_link(const FoundEntry& from, const Place& to, const std::string& staged);
    void check_unchanged(const MergeStep& step) const;
    void set_metadata(const std::string& path);
    void set_times(const std::string& path) const;
    void put_all() const;
    void put(std::size_t index) const;
    void remove_all() const;
    void remove(std::size_t index) const;
    void sync() const { check(syncfs(staging_.fd()), "syncing {}", lower_.name()); }

    const MergePlan& plan_;
    const fs::RootDir& upper_;
    const fs::RootDir& lower_;
    const MergeOptions& options_;
    FileMaker maker_;
    /// Where in the lower tree a file with several names has one already.
    std::map<FileKey, std::string> linked_;
    Staging staging_;
};

void Merge::stage(std::size_t index) {
    const std::string& path = plan_.steps[index].path;
    const std::string name = std::to_string(index);
    const NamedPlace from(upper_, path);
    stage_entry(find_entry(from), {staging_.fd(), name}, path, staging_.path(name));
}

void Merge::stage_entry(const FoundEntry& from, const Place& to, const std::string& path,
                        const std::string& staged) {
    options_.check_stop();
    if (S_ISDIR(from.status.st_mode)) return stage_directory(from, to, path, staged);
    if (from.status.st_nlink > 1 && stage_link(from, to, staged)) return;
    copy_on_disk(maker_, from, entry_to_put(from, path), to);
}

void Merge::stage_directory(const FoundEntry& from, const Place& to, const std::string& path,
                            const std::string& staged) {
    maker_.make_directory(to, entry_to_put(from, path));
    const Fd source(check(openat(from.directory, from.name.c_str(), kReadDirectory),
                          "opening the directory '/{}'", printable(path)));
    const Fd made(check(openat(to.directory, to.name.c_str(), kReadDirectory),
                        "opening the directory '/{}'", printable(staged)));
    const KeptTimes times(made.get());
    for (const std::string& name : sorted_names(source.get(), path)) {
        FoundEntry entry{source.get(), name, {}};
        check(stat_in_image(source.get(), name, entry.status), "looking at '/{}/{}'",
              printable(path), printable(name));
        if (!is_nothing_to_put(source.get(), name, entry.status))
            stage_entry(entry, {made.get(), name}, join_path(path, name), join_path(staged, name));
    }
}

/// False: it is to be copied, as the first of its names, or as no more can be made (link(2),
/// EMLINK; a link across btrfs subvolumes).
bool Merge::stage_link(const FoundEntry& from, const Place& to, const std::string& staged) {
    const auto [first, is_new] =
        linked_.emplace(FileKey{from.status.st_dev, from.status.st_ino}, staged);
    if (is_new) return false;
    const NamedPlace existing(lower_, first->second);
    if (linkat(existing.directory.get(), existing.name.c_str(), to.directory, to.name.c_str(), 0) ==
        0)
        return true;
    if (errno != EMLINK && errno != EXDEV)
        throw SysError(errno, "linking '/{}'", printable(first->second));
    return false;
}

/// Copying and syncing take their time.
void Merge::check_unchanged(const MergeStep& step) const {
    const auto status = NamedPlace(lower_, step.path).look();
    const bool is_same = status ? status->st_ino == step.inode &&
                                      status->st_ctim.tv_sec == step.changed.tv_sec &&
                                      status->st_ctim.tv_nsec == step.changed.tv_nsec
                                : step.inode == 0;
    if (!is_same)
        throw Error("'/{}' was changed by somebody just now: nothing was done",
                    printable(step.path));
}

/// Makes a directory's owner, mode and attributes those of the upper one, not its times.
void Merge::set_metadata(const std::string& path) {
    const NamedPlace from(upper_, path), to(lower_, path);
    TarEntry entry = entry_to_put(find_entry(from), path);
    std::erase_if(entry.xattrs, [](const Xattr& it) { return is_host_only_xattr(it.name); });
    const Fd directory(check(openat(to.directory.get(), to.name.c_str(), kReadDirectory),
                             "opening the directory '/{}'", printable(path)));
    const KeptTimes times(directory.get());
    for (const Xattr& old : read_xattrs(fs::proc_path(to.directory.get()) + "/" + to.name, path)) {
        const bool stays = is_host_only_xattr(old.name) || is_overlay_xattr(old.name) ||
                           std::any_of(entry.xattrs.begin(), entry.xattrs.end(),
                                       [&](const Xattr& it) { return it.name == old.name; });
        if (!stays)
            check(fremovexattr(directory.get(), old.name.c_str()),
                  "removing the attribute '{}' of '/{}'", printable(old.name), printable(path));
    }
    maker_.make_directory(to.place(), entry);
}

void Merge::set_times(const std::string& path) const {
    const FoundEntry from = find_entry(NamedPlace(upper_, path));
    const NamedPlace to(lower_, path);
    const struct timespec times[2] = {from.status.st_atim, from.status.st_mtim};
    check(utimensat(to.directory.get(), to.name.c_str(), times, AT_SYMLINK_NOFOLLOW),
          "setting the times of '/{}'", printable(path));
}

/// First the names that are new: one of them may be a file's that another step replaces, and whose
/// absence would look like somebody else's work if we were killed in between.
void Merge::put_all() const {
    for (const bool is_new : {true, false})
        for (std::size_t i = 0; i < plan_.steps.size(); ++i)
            if (plan_.steps[i].kind == MergeStep::Kind::kPut &&
                (plan_.steps[i].inode == 0) == is_new)
                put(i);
}

void Merge::put(std::size_t index) const {
    const std::string name = std::to_string(index);
    const std::string path = printable(plan_.steps[index].path);
    const NamedPlace to(lower_, plan_.steps[index].path);
    struct stat fresh;
    check(fstatat(staging_.fd(), name.c_str(), &fresh, AT_SYMLINK_NOFOLLOW), "looking at '/{}'",
          staging_.path(name));
    const auto old = to.look();
    // rename(2) puts no directory over a file, and over a directory only if that is empty.
    if (old && (S_ISDIR(old->st_mode) || S_ISDIR(fresh.st_mode))) {
        if (renameat2(staging_.fd(), name.c_str(), to.directory.get(), to.name.c_str(),
                      RENAME_EXCHANGE) == 0)
            return;
        // Some file systems cannot, and an overlay (the host may be a container itself) cannot move
        // a directory of its lower layers.
        if (errno != EINVAL && errno != EXDEV) throw SysError(errno, "exchanging '/{}'", path);
        remove_tree_at(to.directory.get(), to.name);
    }
    check(renameat(staging_.fd(), name.c_str(), to.directory.get(), to.name.c_str()),
          "renaming '/{}' to '/{}'", staging_.path(name), path);
}

void Merge::remove_all() const {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
        if (plan_.steps[i].kind == MergeStep::Kind::kRemove) remove(i);
}

/// A directory goes to the staging directory in one step, and is deleted with that.
void Merge::remove(std::size_t index) const {
    const NamedPlace from(lower_, plan_.steps[index].path);
    const auto old = from.look();
    if (!old) return;
    const std::string name = std::to_string(index);
    if (S_ISDIR(old->st_mode)) {
        if (renameat(from.directory.get(), from.name.c_str(), staging_.fd(), name.c_str()) == 0)
            return;
        if (errno != EXDEV)
            throw SysError(errno, "removing '/{}'", printable(plan_.steps[index].path));
    }
    remove_tree_at(from.directory.get(), from.name);
}

}  // namespace

void merge_down(const MergePlan& plan, const fs::RootDir& upper, const fs::RootDir& lower,
                const MergeOptions& options) {
    if (plan.steps.empty() && plan.directories.empty()) {
        remove_tree_at(lower.fd(), options.staging);  // killed when all was done
        return;
    }
    Merge(plan, upper, lower, options).run();
}

}  // namespace mincs::layer
