// See layer_apply.hh. Brings every entry to its place: tar_reader parses, entry_name decides what
// the name means, directory_cursor walks, file_maker makes.
#include "libcore/layer/layer_apply.hh"

#include <sys/stat.h>

#include <exception>
#include <limits>
#include <thread>

#include "libcore/layer/confinement.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/entry_name.hh"
#include "libcore/layer/file_maker.hh"
#include "libcore/layer/note_taker.hh"
#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {
namespace {

class LayerApplier {
 public:
    LayerApplier(const TarSource& source, const fs::RootDir& target, const ApplyLimits& limits)
        : limits_(limits),
          reader_(source, max_tar_size(limits)),
          maker_(target),
          notes_(result_.notes, limits.notes),
          cursor_(target, maker_, notes_) {}

    ApplyResult run() {
        // Until an entry says more about the root it is as a directory nobody named: the tree shall
        // depend on the layer alone.
        apply_to_root(implied_directory("./"));
        TarEntry entry;
        while (reader_.next(entry)) apply(entry);
        reader_.drain();
        cursor_.finish();
        notes_.keep();
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
    void apply_to_root(const TarEntry& entry);
    void make(const TarEntry& entry, const Place& place);
    void make_hard_link(const TarEntry& entry, const Place& place);

    ApplyLimits limits_;
    TarReader reader_;
    FileMaker maker_;
    ApplyResult result_;
    NoteTaker notes_;
    DirectoryCursor cursor_;
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
    const EntryName name = read_name(entry);
    if (name.meaning == NameMeaning::kIgnored) return;
    const int directory = cursor_.enter(name.path.parent, describe(entry));
    switch (name.meaning) {
        case NameMeaning::kRoot:
            return apply_to_root(entry);
        case NameMeaning::kOpaque:
            if (name.path.parent.empty()) result_.opaque_root = true;
            return maker_.make_opaque(directory, entry);
        case NameMeaning::kWhiteout:
            // If it is a directory here, it is a new one: nothing below decides about it.
            notes_.forget_implied(directory, name.path.leaf);
            return maker_.make_whiteout(Place{directory, name.path.leaf}, entry);
        case NameMeaning::kEntry:
            if (entry.type == EntryType::kDirectory)
                notes_.forget_implied(directory, name.path.leaf);
            return make(entry, Place{directory, name.path.leaf});
        case NameMeaning::kIgnored:
            break;
    }
}

void LayerApplier::apply_to_root(const TarEntry& entry) {
    maker_.apply_to_root(cursor_.enter("", describe(entry)), entry);
    cursor_.set_root_times({entry.accessed, entry.modified});
}

void LayerApplier::make(const TarEntry& entry, const Place& place) {
    switch (entry.type) {
        case EntryType::kFile:
            return maker_.make_file(place, entry,
                                    [&](DataBlock& block) { return reader_.next_block(block); });
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
    const EntryPath target = hard_link_target(entry);
    Fd holder;
    const int directory = cursor_.find(target.parent, holder);
    struct stat status;
    const bool is_here = directory >= 0 &&
                         fstatat(directory, target.leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_here) return maker_.make_hard_link(place, Place{directory, target.leaf}, entry);
    if (errno == ENOENT && notes_.takes_any()) {
        // It may be in a layer below. Until that is known nothing stands here.
        remove_tree_at(place.directory, place.name);
        return notes_.add_hard_link(checked_path(entry, entry.path), target);
    }
    throw SysError(errno, "{}: its hard link's target '{}' is not in this layer", describe(entry),
                   printable(entry.link_target));
}

}  // namespace

ApplyResult apply_layer(const TarSource& source, const fs::RootDir& target,
                        const ApplyLimits& limits) {
    ApplyResult result;
    std::exception_ptr failure;
    const TarSource claimed = [&] {
        const std::string_view piece = source();
        if (limits.claim) limits.claim(static_cast<std::int64_t>(piece.size()));
        return piece;
    };
    // A thread of its own, as what it gives up is gone for good.
    std::thread([&] {
        try {
            LayerApplier applier(claimed, target, limits);  // may still look at /proc
            confine_unpacker(target);
            result = applier.run();
        } catch (...) {
            failure = std::current_exception();
        }
    }).join();
    if (failure) std::rethrow_exception(failure);
    return result;
}

}  // namespace mincs::layer
