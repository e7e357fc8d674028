// See private_root.hh.
#include "librun/private_root.hh"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <set>

#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/overlay.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

constexpr auto kPatience = std::chrono::hours(1);

bool is_refused(const container::OverlayRoot& stack) {
    try {
        fs::mount_overlay({stack.lower, stack.upper, stack.work, stack.is_volatile});
        return false;
    } catch (const SysError& error) {
        debug("the kernel makes no overlay here: {}", error.what());
        return true;
    }
}

/// What the container would see, at a place that nobody else sees: a user's tools are in a mount
/// namespace of their own.
class MergedView {
 public:
    MergedView(const container::OverlayRoot& stack, const stdfs::path& at) : at_(at) {
        make_directories(at);
        fs::OverlayOptions merged{.lower = stack.lower};
        merged.lower.insert(merged.lower.begin(), stack.upper);  // of runs elsewhere
        const Fd mount = fs::mount_overlay(merged);
        const Fd target(
            check(open(at.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", at.native()));
        fs::attach_mount(mount.get(), target.get(), at.native());
    }
    MergedView(const MergedView&) = delete;
    ~MergedView() { umount2(at_.c_str(), MNT_DETACH); }

 private:
    stdfs::path at_;
};

/// cp(1) keeps owners, modes, times, links, attributes and holes.
void copy_root(const container::OverlayRoot& stack, const db::ContainerDirectory& directory) {
    const stdfs::path partial = directory.base / "copy.partial";
    if (stdfs::exists(partial)) remove_tree(partial);
    {
        const MergedView view(stack, directory.root());
        const CommandResult result =
            run_command({"cp", "--archive", "--reflink=auto", "--one-file-system",
                         directory.root().native() + "/.", partial.native()},
                        "", kPatience);
        if (result.status != 0) {
            remove_tree(partial);
            throw Error("copying the container's root, as no overlay can be made here: {}",
                        result.errors.substr(0, result.errors.find('\n')));
        }
    }
    stdfs::rename(partial, directory.copy());
}

}  // namespace

bool may_refuse_overlays(const stdfs::path& place) {
    // In this order: minc doctor enters a namespace later, and the answer is kept.
    if (geteuid() == 0 && fs::in_first_user_namespace()) return false;
    static const std::set<long> kNever = {EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC, XFS_SUPER_MAGIC,
                                          TMPFS_MAGIC, F2FS_SUPER_MAGIC};
    struct statfs info;
    return statfs(place.c_str(), &info) == -1 || !kNever.contains(static_cast<long>(info.f_type));
}

void replace_refused_overlay(container::ContainerSpec& spec,
                             const db::ContainerDirectory& directory) {
    if (!spec.overlay || spec.overlay->upper.empty() || spec.overlay->host_submounts) return;
    if (!stdfs::exists(directory.copy())) {
        if (!may_refuse_overlays(directory.base) || !is_refused(*spec.overlay)) return;
        warning(
            "the file system of '{}' takes no overlay, so the container gets a copy of its whole "
            "root; a store (MINCS_DIR) on ext4, xfs, btrfs or tmpfs would spare it",
            directory.base.native());
        copy_root(*spec.overlay, directory);
    }
    spec.overlay.reset();
    spec.root.path = directory.copy();
    spec.root.is_copy = true;
}

}  // namespace mincs::run
