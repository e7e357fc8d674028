// See layer_apply.hh. Decides about every entry's *name*: what is refused, what is a whiteout,
// which directory it goes to. tar_reader parses, directory_cursor walks, file_maker makes.
#include "libcore/layer/layer_apply.hh"

#include <sys/stat.h>

#include <limits>

#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/file_maker.hh"
#include "libcore/layer/tar_reader.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

constexpr std::size_t kMaxName = 255;  // NAME_MAX of Linux, in bytes

/// A checked path in the layer: "a/b" and "c" of "./a//b/c/"; both empty for the root itself.
struct EntryPath {
    std::string parent;
    std::string leaf;
};

[[noreturn]] void refuse(const TarEntry& entry, std::string_view why) {
    throw Error("{}: {}", describe(entry), why);
}

/// `path` is the entry's own or its hard link's.
EntryPath checked_path(const TarEntry& entry, std::string_view path) {
    if (path.empty()) refuse(entry, "a path in it is empty");
    // Some builders write the root as "/"; it names nothing outside.
    if (path.front() == '/' && path.find_first_not_of('/') != std::string_view::npos)
        refuse(entry, "absolute names are refused");
    EntryPath result;
    std::size_t depth = 0;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (name.empty() || name == ".") continue;
        if (name == "..") refuse(entry, "names with '..' are refused");
        if (name.size() > kMaxName) refuse(entry, "a name in it is longer than 255 bytes");
        if (++depth > kMaxDepth)
            refuse(entry, fmt::format("more than {} directories deep", kMaxDepth));
        if (!result.leaf.empty()) result.parent += (result.parent.empty() ? "" : "/") + result.leaf;
        result.leaf = name;
    }
    return result;
}

/// The first directory on the way that has a whiteout's name; empty: none.
std::string_view whiteout_on_the_way(std::string_view parent) {
    while (!parent.empty()) {
        const std::string_view name = parent.substr(0, parent.find('/'));
        if (name.starts_with(kWhiteoutPrefix)) return name;
        parent.remove_prefix(std::min(parent.size(), name.size() + 1));
    }
    return {};
}

class LayerApplier {
 public:
    LayerApplier(const TarSource& source, const fs::RootDir& target, const ApplyLimits& limits)
        : limits_(limits),
          reader_(source, max_tar_size(limits)),
          maker_(target),
          cursor_(target, maker_) {}

    ApplyResult run() {
        TarEntry entry;
        while (reader_.next(entry)) apply(entry);
        reader_.drain();
        cursor_.finish();
        return result_;
    }

 private:
    /// Headers, padding and what is no file's content must have their bound too: as much again as
    /// the files, and room for those that are all headers.
    static std::int64_t max_tar_size(const ApplyLimits& limits) {
        constexpr std::int64_t slack = 64 << 20;
        const bool overflows =
            limits.bytes > (std::numeric_limits<std::int64_t>::max() - slack) / 2;
        return overflows ? std::numeric_limits<std::int64_t>::max() : 2 * limits.bytes + slack;
    }

    void apply(const TarEntry& entry);
    void count(const TarEntry& entry);
    void apply_root(const TarEntry& entry);
    void apply_whiteout(const TarEntry& entry, const EntryPath& path);
    void make(const TarEntry& entry, const Place& place);
    void make_hard_link(const TarEntry& entry, const Place& place);

    ApplyLimits limits_;
    TarReader reader_;
    FileMaker maker_;
    DirectoryCursor cursor_;
    ApplyResult result_;
};

void LayerApplier::count(const TarEntry& entry) {
    if (++result_.entries > limits_.entries)
        refuse(entry, fmt::format("the layer has more than {} entries", limits_.entries));
    if (entry.type != EntryType::kFile) return;
    if (entry.size > limits_.bytes - result_.bytes)
        refuse(entry, fmt::format("the layer's files have more than {} bytes", limits_.bytes));
    result_.bytes += entry.size;
}

void LayerApplier::apply(const TarEntry& entry) {
    count(entry);
    const EntryPath path = checked_path(entry, entry.path);
    const std::string_view whiteout_directory = whiteout_on_the_way(path.parent);
    if (path.leaf.empty()) {
        apply_root(entry);
    } else if (whiteout_directory.starts_with(kWhiteoutMetaPrefix)) {
        // aufs kept its hard links in ".wh..wh.plnk/": nothing of the image.
    } else if (!whiteout_directory.empty()) {
        refuse(entry, "a whiteout has nothing in it");
    } else if (path.leaf.starts_with(kWhiteoutPrefix)) {
        apply_whiteout(entry, path);
    } else {
        make(entry, Place{cursor_.enter(path.parent, describe(entry)), path.leaf});
    }
}

void LayerApplier::apply_root(const TarEntry& entry) {
    if (entry.type != EntryType::kDirectory) refuse(entry, "the root must be a directory");
    maker_.apply_to_root(cursor_.enter("", describe(entry)), entry);
    cursor_.set_root_times({entry.accessed, entry.modified});
}

void LayerApplier::apply_whiteout(const TarEntry& entry, const EntryPath& path) {
    if (path.leaf == kOpaqueMarker) {
        maker_.make_opaque(cursor_.enter(path.parent, describe(entry)), entry);
        return;
    }
    if (path.leaf.starts_with(kWhiteoutMetaPrefix)) return;
    const std::string hidden = path.leaf.substr(kWhiteoutPrefix.size());
    if (hidden.empty() || hidden == "." || hidden == "..")
        refuse(entry, "a whiteout must name an entry of its directory");
    maker_.make_whiteout(Place{cursor_.enter(path.parent, describe(entry)), hidden}, entry);
}

void LayerApplier::make(const TarEntry& entry, const Place& place) {
    switch (entry.type) {
        case EntryType::kFile:
            return maker_.make_file(place, entry, reader_);
        case EntryType::kDirectory:
            return maker_.make_directory(place, entry);
        case EntryType::kSymlink:
            return maker_.make_symlink(place, entry);
        case EntryType::kHardLink:
            return make_hard_link(entry, place);
        case EntryType::kCharDevice:
        case EntryType::kBlockDevice:
        case EntryType::kFifo:
            return maker_.make_node(place, entry);
    }
}

void LayerApplier::make_hard_link(const TarEntry& entry, const Place& place) {
    const EntryPath target = checked_path(entry, entry.link_target);
    if (target.leaf.empty()) refuse(entry, "a hard link to the root is refused");
    Fd holder;
    const int directory = cursor_.find(target.parent, holder);
    if (directory < 0)
        throw SysError(errno, "{}: its hard link's target '{}' is not in this layer",
                       describe(entry), printable(entry.link_target));
    maker_.make_hard_link(place, Place{directory, target.leaf}, entry);
}

}  // namespace

ApplyResult apply_layer(const TarSource& source, const fs::RootDir& target,
                        const ApplyLimits& limits) {
    return LayerApplier(source, target, limits).run();
}

}  // namespace mincs::layer
