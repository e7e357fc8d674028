// See unpack_copy.hh. Each entry's directory is opened inside the root anew, by RootDir, and what
// is made in it is made by its descriptor and one name: file_maker.hh.
#include "libcore/layer/unpack_copy.hh"

#include <sys/stat.h>

#include <limits>
#include <utility>
#include <vector>

#include "libcore/layer/entry_name.hh"
#include "libcore/layer/file_maker.hh"

namespace mincs::layer {
namespace {

class CopyUnpacker {
 public:
    CopyUnpacker(const TarSource& source, const CopyTarget& target)
        : target_(target),
          reader_(source, std::numeric_limits<std::int64_t>::max()),
          maker_(target.root, FileMaker::Inheritance::kAssumed) {}

    void run() {
        TarEntry entry;
        while (reader_.next(entry))
            if (target_.adjust(entry)) apply(entry);
        reader_.drain();
        set_directory_times();
    }

 private:
    struct MadeDirectory {
        std::string path;
        timespec times[2];
    };

    void apply(const TarEntry& entry);
    void make_directory(const EntryPath& path, const TarEntry& entry);
    void make_other(const Place& place, const TarEntry& entry);
    void make_hard_link(const Place& place, const TarEntry& entry);
    Fd open_directory(const std::string& path) const;
    void set_directory_times();
    std::string in_root(const std::string& path) const { return target_.directory + "/" + path; }

    const CopyTarget& target_;
    TarReader reader_;
    FileMaker maker_;
    std::vector<MadeDirectory> made_;  ///< parents first
};

/// Tars may leave directories out.
Fd CopyUnpacker::open_directory(const std::string& path) const {
    return target_.root.make_directories(in_root(path));
}

void CopyUnpacker::apply(const TarEntry& entry) {
    const EntryPath path = checked_path(entry, entry.path);
    if (path.leaf.empty()) return;  // the directory itself, which is there
    if (entry.type == EntryType::kDirectory) return make_directory(path, entry);
    const Fd parent = open_directory(path.parent);
    struct stat existing;
    const bool exists =
        fstatat(parent.get(), path.leaf.c_str(), &existing, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && S_ISDIR(existing.st_mode)) refuse(entry, "a directory is in its place");
    make_other({parent.get(), path.leaf}, entry);
}

void CopyUnpacker::make_directory(const EntryPath& path, const TarEntry& entry) {
    const std::string whole = path.parent.empty() ? path.leaf : path.parent + "/" + path.leaf;
    const auto existing = target_.root.stat_if_exists(in_root(whole));
    if (existing && S_ISDIR(existing->st_mode)) return;
    const Fd parent = open_directory(path.parent);
    struct stat link;  // that leads nowhere
    if (existing || fstatat(parent.get(), path.leaf.c_str(), &link, AT_SYMLINK_NOFOLLOW) == 0)
        refuse(entry, "something else is in its place");
    maker_.make_directory({parent.get(), path.leaf}, entry);
    made_.push_back({whole, {entry.accessed, entry.modified}});
}

void CopyUnpacker::make_other(const Place& place, const TarEntry& entry) {
    switch (entry.type) {
        case EntryType::kFile:
            return maker_.make_file(place, entry,
                                    [&](DataBlock& block) { return reader_.next_block(block); });
        case EntryType::kSymlink:
            return maker_.make_symlink(place, entry);
        case EntryType::kHardLink:
            return make_hard_link(place, entry);
        case EntryType::kDirectory:
        case EntryType::kCharDevice:
        case EntryType::kBlockDevice:
        case EntryType::kFifo:
            return maker_.make_node(place, entry);
    }
}

void CopyUnpacker::make_hard_link(const Place& place, const TarEntry& entry) {
    const EntryPath existing = hard_link_target(entry);
    const Fd directory = open_directory(existing.parent);
    maker_.make_hard_link(place, {directory.get(), existing.leaf}, entry);
}

/// What is made in a directory changes its times, so they come last. One that somebody has taken
/// away meanwhile needs none.
void CopyUnpacker::set_directory_times() {
    for (const MadeDirectory& made : made_) {
        const auto directory =
            target_.root.open_if_exists(in_root(made.path), O_RDONLY | O_DIRECTORY);
        if (directory)
            check(futimens(directory->get(), made.times), "setting the times of '{}'",
                  printable(made.path));
    }
}

}  // namespace

void unpack_copy(const TarSource& source, const CopyTarget& target) {
    CopyUnpacker(source, target).run();
}

}  // namespace mincs::layer
