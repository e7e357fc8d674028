// See copied_root.hh. What lies in the layers is an image's: they are walked by descriptor, and
// through no link.
#include "librun/copied_root.hh"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "libcore/base/directory.hh"
#include "libcore/base/files.hh"
#include "libcore/base/process.hh"
#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/merged.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

constexpr auto kPatience = std::chrono::hours(1);

/// What the container would see, at a place that nobody else sees: a user's tools are in a mount
/// namespace of their own.
class MergedView {
 public:
    MergedView(const std::vector<std::string>& stack, const stdfs::path& at) : at_(at) {
        make_directories(at);
        const Fd mount = fs::mount_merged({.lower = stack});
        const Fd target(
            check(open(at.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", at.native()));
        fs::attach_mount(mount.get(), target.get(), at.native());
    }
    MergedView(const MergedView&) = delete;
    ~MergedView() { umount2(at_.c_str(), MNT_DETACH); }

 private:
    stdfs::path at_;
};

/// cp(1) keeps all there is to keep. What is in `from` comes to lie in `to`.
void copy_tree(const stdfs::path& from, const stdfs::path& to) {
    const CommandResult result =
        run_command({"cp", "--archive", "--reflink=auto", "--one-file-system",
                     "--no-target-directory", from.native() + "/.", to.native()},
                    "", kPatience);
    if (result.status != 0)
        throw Error("copying the container's root, as no overlay can be made here: {}",
                    result.errors.substr(0, result.errors.find('\n')));
}

Fd open_directory(int parent, const char* name) {
    return Fd(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool is_opaque(const Fd& directory) {
    char value;
    return fgetxattr(directory.get(), fs::opaque_attribute(), &value, 1) == 1 && value == 'y';
}

/// Calls `visit(name, status)` for all that is in a directory of a layer.
template <typename Visit>
void for_each(const Fd& directory, const Visit& visit) {
    for (const std::string& name : sorted_names(directory.get(), "a layer's")) {
        struct stat status;
        check(fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW),
              "looking at '{}'", printable(name));
        visit(name.c_str(), status);
    }
}

bool is_whiteout(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

/// Takes out of the copy all that the layer hides, but for directories that it adds to.
void make_way(const Fd& layer, const Fd& copy) {
    for_each(layer, [&](const char* name, const struct stat& status) {
        const Fd above = S_ISDIR(status.st_mode) ? open_directory(layer.get(), name) : Fd();
        const Fd below = above && !is_opaque(above) ? open_directory(copy.get(), name) : Fd();
        if (below)
            make_way(above, below);
        else
            remove_tree_at(copy.get(), name);
    });
}

/// Takes out of the copy what only overlayfs understands of the layer.
void remove_marks(const Fd& layer, const Fd& copy) {
    for_each(layer, [&](const char* name, const struct stat& status) {
        if (is_whiteout(status)) remove_tree_at(copy.get(), name);
        if (!S_ISDIR(status.st_mode)) return;
        const Fd above = open_directory(layer.get(), name),
                 below = open_directory(copy.get(), name);
        if (!above || !below) throw Error("'{}' in a layer was changed meanwhile", printable(name));
        if (is_opaque(above))
            check(fremovexattr(below.get(), fs::opaque_attribute()), "removing a mark");
        remove_marks(above, below);
        const timespec times[2] = {status.st_atim, status.st_mtim};
        check(futimens(below.get(), times), "setting the times of '{}'", printable(name));
    });
}

Fd open_root(const stdfs::path& path) {
    return Fd(check(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                    path.native()));
}

void copy_layers(const std::vector<std::string>& stack, const stdfs::path& copy) {
    make_directories(copy);
    for (auto layer = stack.rbegin(); layer != stack.rend(); ++layer) {
        make_way(open_root(*layer), open_root(copy));
        copy_tree(*layer, copy);
        remove_marks(open_root(*layer), open_root(copy));
    }
}

void copy_view(const std::vector<std::string>& stack, const stdfs::path& view,
               const stdfs::path& copy) {
    const MergedView merged(stack, view);
    copy_tree(view, copy);
}

/// cp(1) leaves a directory the attributes of the topmost layer that has it.
void note_owners(const Fd& directory, const std::string& path, const fs::StackedOwners& owners) {
    for_each(directory, [&](const char* name, const struct stat& found) {
        const std::string here = path.empty() ? name : path + "/" + name;
        if (S_ISDIR(found.st_mode))
            return note_owners(open_directory(directory.get(), name), here, owners);
        struct stat status = found;
        owners.put_back(here, status);
        if (fs::is_noted_at_directory(status.st_mode))
            fs::note_owner_of_entry(directory.get(), name, status.st_mode,
                                    {status.st_uid, status.st_gid});
    });
}

}  // namespace

void copy_root(const std::vector<std::string>& stack, const std::optional<stdfs::path>& view,
               const stdfs::path& copy) {
    const stdfs::path partial = copy.native() + ".partial";
    remove_tree(partial);
    try {
        if (view)
            copy_view(stack, *view, partial);
        else
            copy_layers(stack, partial);
        if (fs::notes_owners()) note_owners(open_root(partial), "", fs::StackedOwners(stack));
    } catch (const Error&) {
        remove_tree(partial);
        throw;
    }
    stdfs::rename(partial, copy);
}

}  // namespace mincs::run
