// See settle.hh. Directories are settled from the top down, so that on the way to one nothing is
// open any more; stacked_view looks, copy_up makes.
#include "libcore/layer/settle.hh"

#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "libcore/fs/entry_owners.hh"
#include "libcore/layer/confinement.hh"
#include "libcore/layer/copy_up.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/implied_mark.hh"
#include "libcore/layer/stacked_view.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

/// Links followed on one way, as the kernel's path_resolution(7).
constexpr int kMaxLinks = 40;

/// "a//b/./c" in pieces.
void prepend_components(std::deque<std::string>& todo, std::string_view path) {
    std::vector<std::string> names;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        if (!name.empty() && name != ".") names.emplace_back(name);
    }
    todo.insert(todo.begin(), names.begin(), names.end());
}

/// Where a thing's owner stands at its directory, the new one is to say it, too.
void note_owner(const Seen& thing, const Fd& directory, const std::string& name) {
    if (fs::notes_owners() && fs::is_noted_at_directory(thing.status.st_mode))
        fs::note_owner_of_entry(directory.get(), name, thing.status.st_mode,
                                {thing.status.st_uid, thing.status.st_gid});
}

class Settler {
 public:
    Settler(const fs::RootDir& layer, const fs::RootDir* below, ApplyResult& result,
            const ApplyLimits& limits)
        : view_(layer, below),
          copy_up_(view_, [this](std::int64_t bytes) { claim(bytes); }),
          notes_(std::move(result.notes)),
          result_(result),
          limits_(limits) {
        result.notes = {};
    }

    void run() {
        if (notes_.implied > 0) settle_all();
        for (const LayerNotes::HardLink& link : notes_.hard_links) make_hard_link(link);
        if (has_moved_) check_depth(open_directory(view_.layer(), ""), 0);
    }

 private:
    void settle_all();
    void settle_below(const std::string& path, const Fd& directory);
    bool is_implied(const std::string& path) const;
    bool forget_implied(const std::string& path) const;
    void settle(const std::string& path, int& links);
    std::optional<std::string> resolve(std::string_view path, int& links);
    bool step(std::string& at, std::deque<std::string>& todo, const std::string& next, int& links);

    void move_all(const std::string& from, const std::string& to);
    void move_one(const Seen& thing, const std::string& from, const Fd& directory,
                  const std::string& to);
    void merge(const std::string& from, const std::string& to);
    void make_opaque(const std::string& path);
    void claim(std::int64_t bytes);
    static void check_depth(const Fd& directory, std::size_t depth);

    struct NewName {
        Fd directory;
        std::string path;  ///< without links on the way
        Place place() const { return {directory.get(), std::string(leaf_of(path))}; }
    };
    NewName name_for(const std::string& path);
    std::optional<std::string> original_of(const LayerNotes::HardLink& link, const NewName& name);
    void make_hard_link(const LayerNotes::HardLink& link);

    StackedView view_;
    CopyUp copy_up_;
    LayerNotes notes_;
    ApplyResult& result_;
    const ApplyLimits& limits_;
    bool has_moved_ = false;
    bool has_moved_in_pass_ = false;
    std::string moving_;               ///< the directory that is being emptied
    std::set<std::string> under_way_;  ///< implied directories whose link is being followed
    /// Of targets below, and of links made here: the first name that the file has in the layer.
    std::map<std::string, std::string> originals_;
};

/// From the top down. What is moved takes its marks along, and may come to lie where this has been
/// before: then once more.
void Settler::settle_all() {
    for (int pass = 0; pass <= kMaxLinks; ++pass) {
        has_moved_in_pass_ = false;
        settle_below("", open_directory(view_.layer(), ""));
        if (!has_moved_in_pass_) return;
    }
    throw Error("its entries go through too many links of the layers below");
}

void Settler::settle_below(const std::string& path, const Fd& directory) {
    check(directory.get(), "opening the directory '{}'", printable(path));
    for (const std::string& name : sorted_names(directory.get(), path)) {
        const std::string below = join_path(path, name);
        int links = kMaxLinks;
        if (layer::is_implied(directory.get(), name)) settle(below, links);
        const Fd next(
            openat(directory.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        // A file, or gone elsewhere.
        if (next) settle_below(below, next);
    }
}

bool Settler::is_implied(const std::string& path) const {
    const Fd parent = open_directory(view_.layer(), parent_path(path));
    return parent && layer::is_implied(parent.get(), std::string(leaf_of(path)));
}

bool Settler::forget_implied(const std::string& path) const {
    const Fd parent = open_directory(view_.layer(), parent_path(path));
    return parent && clear_implied(parent.get(), std::string(leaf_of(path)));
}

/// Decides about one implied directory. `links` is counted down over all that it takes.
void Settler::settle(const std::string& path, int& links) {
    forget_implied(path);
    claim(0);
    const auto own = view_.in_layer(path);
    if (!own || !own->is_directory()) return;  // a later entry took its place
    const auto lower = view_.below(path);
    if (!lower) return;
    if (lower->is_directory()) return copy_up_.take_metadata(*lower, path);
    if (!lower->is_link()) return;
    under_way_.insert(path);
    const auto target = resolve(path, links);
    under_way_.erase(path);
    // To a file, or round in a circle: the directory takes the link's place.
    if (target && *target != path) move_all(path, *target);
}

/// The path of the directory that `path` leads to with this layer in place, links of the layers
/// below followed. What is missing on the way would be made, as mkdir -p would. Nothing where
/// something else than a directory stands in the way, or too many links.
std::optional<std::string> Settler::resolve(std::string_view path, int& links) {
    std::string at;
    std::deque<std::string> todo;
    prepend_components(todo, path);
    while (!todo.empty()) {
        const std::string name = std::move(todo.front());
        todo.pop_front();
        if (name == "..") {
            at = parent_path(at);
            continue;
        }
        const std::string next = join_path(at, name);
        // Its place may yet turn out to be elsewhere.
        if (is_implied(next)) {
            if (--links < 0) return std::nullopt;
            settle(next, links);
        }
        if (!step(at, todo, next, links)) return std::nullopt;
    }
    return at;
}

/// One name of resolve(). False: there is no way on.
bool Settler::step(std::string& at, std::deque<std::string>& todo, const std::string& next,
                   int& links) {
    if (!under_way_.contains(next)) {
        if (const auto own = view_.in_layer(next)) {
            if (own->is_link())
                throw Error(
                    "'{}' is a symbolic link of the same layer, and nothing is written "
                    "through one",
                    printable(next));
            if (!own->is_directory() && !own->is_whiteout()) return false;
            at = next;
            return true;
        }
    }
    const auto lower = view_.below(next);
    if (!lower || lower->is_directory()) {
        at = next;
        return true;
    }
    if (!lower->is_link() || --links < 0) return false;
    const std::string target = read_link(lower->parent.get(), lower->name, next);
    if (target.starts_with('/')) at.clear();
    prepend_components(todo, target);
    return true;
}

void Settler::move_all(const std::string& from, const std::string& to) {
    copy_up_.make_directories(to);
    if (view_.is_opaque(from)) make_opaque(to);
    moving_ = from;
    has_moved_ = has_moved_in_pass_ = true;
    merge(from, to);
    const Fd parent = open_directory(view_.layer(), parent_path(from));
    check(parent.get(), "opening the directory of '{}'", printable(from));
    const KeptTimes times(parent.get());
    check(unlinkat(parent.get(), std::string(leaf_of(from)).c_str(), AT_REMOVEDIR), "removing '{}'",
          printable(from));
}

/// Moves what is in the layer's directory `from` into its directory `to`.
void Settler::merge(const std::string& from, const std::string& to) {
    const Fd source = open_directory(view_.layer(), from);
    const Fd target = open_directory(view_.layer(), to);
    check(source.get(), "opening the directory '{}'", printable(from));
    check(target.get(), "opening the directory '{}'", printable(to));
    const KeptTimes times(target.get());
    for (const std::string& name : sorted_names(source.get(), from)) {
        const auto thing = view_.in_layer(join_path(from, name));
        if (thing) move_one(*thing, join_path(from, name), target, join_path(to, name));
    }
}

/// Where both directories have something of the name, the one under its true name wins; but a
/// whiteout, which speaks of the layers below, gives way to anything.
void Settler::move_one(const Seen& thing, const std::string& from, const Fd& directory,
                       const std::string& to) {
    if (to == moving_)
        throw Error(
            "'{}' is a link to a directory around it in a layer below, and an entry goes "
            "through it twice",
            printable(to));
    const auto there = view_.in_layer(to);
    const bool is_in_place_of_whiteout = there && there->is_whiteout();
    if (is_in_place_of_whiteout && !thing.is_whiteout())
        check(unlinkat(directory.get(), there->name.c_str(), 0), "removing the whiteout of '{}'",
              printable(to));
    if (!there || is_in_place_of_whiteout) {
        const KeptTimes times(thing.parent.get());
        check(renameat(thing.parent.get(), thing.name.c_str(), directory.get(), thing.name.c_str()),
              "moving '{}' to '{}'", printable(from), printable(to));
        note_owner(thing, directory, thing.name);
        if (is_in_place_of_whiteout && thing.is_directory()) make_opaque(to);
        return;
    }
    if (there->is_directory() && thing.is_directory()) {
        if (view_.is_opaque(from)) make_opaque(to);
        const bool is_named = !is_implied(from);
        merge(from, to);
        if (is_named && forget_implied(to)) copy_up_.take_metadata(thing, to);
    } else if (there->is_directory() && thing.is_whiteout()) {
        make_opaque(to);
    }
    remove_tree_at(thing.parent.get(), thing.name);
}

void Settler::make_opaque(const std::string& path) {
    copy_up_.make_opaque(path);
    if (path.empty()) result_.opaque_root = true;
}

/// Before each note, and before a file's bytes are copied.
void Settler::claim(std::int64_t bytes) {
    if (bytes > limits_.bytes - result_.bytes)
        throw Error("files that it links to in the layers below bring it to more than {} bytes",
                    limits_.bytes);
    result_.bytes += bytes;
    if (limits_.claim) limits_.claim(bytes);
}

/// Behind a link what was moved may lie deeper than a tar's names may be.
void Settler::check_depth(const Fd& directory, std::size_t depth) {
    check(directory.get(), "looking at the layer's directories");
    if (depth > kMaxDepth)
        throw Error("behind the links of lower layers it is more than {} directories deep",
                    kMaxDepth);
    for (const std::string& name : sorted_names(directory.get(), "")) {
        const Fd next(
            openat(directory.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (next || errno != ENOTDIR) check_depth(next, depth + 1);
    }
}

/// A name in the layer, in the directory that its path leads to, which is made if need be.
Settler::NewName Settler::name_for(const std::string& path) {
    int links = kMaxLinks;
    const auto directory = resolve(parent_path(path), links);
    if (!directory)
        throw Error("entry '{}': '{}' is not a directory", printable(path),
                    printable(parent_path(path)));
    return {copy_up_.make_directories(*directory), join_path(*directory, leaf_of(path))};
}

/// Where in the layer the file is that `name` is to be another name of; copied there if need be,
/// from where the layers below have it. Nothing: it is nowhere.
std::optional<std::string> Settler::original_of(const LayerNotes::HardLink& link,
                                                const NewName& name) {
    int links = kMaxLinks;
    const auto directory = resolve(parent_path(link.target), links);
    if (!directory) return std::nullopt;
    std::string target = join_path(*directory, leaf_of(link.target));
    if (const auto known = originals_.find(target); known != originals_.end()) return known->second;
    const auto own = view_.in_layer(target);
    const bool is_gone = own && own->is_whiteout();
    const auto lower = is_gone ? std::nullopt : view_.below(target);
    const bool is_below = lower && !lower->is_directory();
    const bool is_here = own && !is_gone && !own->is_directory();
    // Where the tar came to the link, the layer had nothing of this name yet: what it has there now
    // came later, unless it came by the name of a link.
    if (is_here && (!is_below || target != link.target)) return target;
    if (!is_below) return std::nullopt;
    // Where its place is taken, only the links share the old file.
    std::optional<NewName> in_its_place;
    if (!own) in_its_place = name_for(target);
    const NewName& original = in_its_place ? *in_its_place : name;
    copy_up_.copy(*lower, original.place());
    return originals_.emplace(std::move(target), original.path).first->second;
}

void Settler::make_hard_link(const LayerNotes::HardLink& link) {
    const NewName name = name_for(link.path);
    if (const auto own = view_.in_layer(name.path)) {
        if (!own->is_whiteout()) return;  // a later entry took its place
        // A whiteout speaks of the layers below.
        const KeptTimes times(name.directory.get());
        check(unlinkat(name.directory.get(), name.place().name.c_str(), 0),
              "removing the whiteout of '{}'", printable(link.path));
    }
    const auto original = original_of(link, name);
    if (!original)
        throw Error(
            "entry '{}': its hard link's target '{}' is neither in this layer nor a file of "
            "those below",
            printable(link.path), printable(link.target));
    originals_.emplace(name.path, *original);
    if (*original == name.path) return;
    const auto existing = view_.in_layer(*original);
    if (!existing) throw Error("entry '{}': its hard link's target is gone", printable(link.path));
    if (view_.in_layer(name.path))
        throw Error("entry '{}': its hard link's target '{}' is in a directory of its name",
                    printable(link.path), printable(link.target));
    const KeptTimes times(name.directory.get());
    check(linkat(existing->parent.get(), existing->name.c_str(), name.directory.get(),
                 name.place().name.c_str(), 0),
          "linking '{}' to '{}'", printable(link.path), printable(link.target));
    note_owner(*existing, name.directory, name.place().name);
}

}  // namespace

void settle_layer(const fs::RootDir& layer, const fs::RootDir* below, ApplyResult& result,
                  const ApplyLimits& limits) {
    std::exception_ptr failure;
    // A thread of its own, as what it gives up is gone for good.
    std::thread([&] {
        try {
            Settler settler(layer, below, result, limits);  // may still look at /proc
            confine_settler(layer, below);
            settler.run();
        } catch (...) {
            failure = std::current_exception();
        }
    }).join();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace mincs::layer
