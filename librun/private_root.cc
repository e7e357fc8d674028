// See private_root.hh.
#include "librun/private_root.hh"

#include <linux/magic.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <set>

#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/rootfs.hh"
#include "libcore/fs/fuse_notes.hh"
#include "libcore/fs/merged.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "librun/copied_root.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

/// What stands in the file that says so while the upper directory may have notes of the server's.
constexpr std::string_view kUnsettled = "served\n";
constexpr int kLastWrites = 10'000;  ///< milliseconds for the server after the mount has gone

void attach(const Fd& mount, const std::string& place) {
    make_directories(place);
    const Fd target(
        check(open(place.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", place));
    fs::attach_mount(mount.get(), target.get(), place);
}

bool is_refused(const container::OverlayRoot& stack) {
    try {
        fs::mount_overlay(container::overlay_options(stack));
        return false;
    } catch (const SysError& error) {
        debug("the kernel makes no overlay here: {}", error.what());
        return true;
    }
}

void use_copy(container::ContainerSpec& spec, const db::ContainerDirectory& directory) {
    spec.overlay.reset();
    spec.root.path = directory.copy();
    spec.root.is_copy = true;
}

void warn_of_copy(const db::ContainerDirectory& directory, bool is_kernel) {
    if (is_kernel)
        warning(
            "this kernel makes no overlay in a user namespace, so the container gets a copy of its "
            "whole root; the package fuse-overlayfs, or Linux 5.11, would spare it");
    else
        warning(
            "the file system of '{}' takes no overlay, so the container gets a copy of its whole "
            "root; a store (MINCS_DIR) on ext4, xfs, btrfs or tmpfs would spare it",
            directory.base.native());
}

/// `is_kernel`: it is the kernel that makes no overlay, of whatever.
void make_copy(const container::OverlayRoot& stack, const db::ContainerDirectory& directory,
               bool is_kernel) {
    std::vector<std::string> layers = stack.lower;
    layers.insert(layers.begin(), stack.upper);  // of runs elsewhere
    const bool is_shown = !is_kernel || fs::has_fuse_overlay();
    copy_root(layers, is_shown ? std::optional(directory.root()) : std::nullopt, directory.copy());
}

[[noreturn]] void refuse_host() {
    throw Error(
        "this kernel makes no overlay in a user namespace, without which nobody but root has the "
        "host's own root under a container")
        .with_hint(
            "the package fuse-overlayfs, or Linux 5.11, would do; 'minc -r' with an image or "
            "a directory works");
}

ServedRoot serve(container::ContainerSpec& spec, const db::ContainerDirectory& directory,
                 bool warns) {
    if (warns && !stdfs::exists(directory.served()))
        warning(
            "this kernel makes no overlay in a user namespace, so fuse-overlayfs serves the "
            "container's root, which is slower; Linux 5.11 or newer would spare it");
    replace_file(directory.served(), kUnsettled, 0600);
    fs::FuseOverlay overlay = fs::mount_fuse_overlay(
        container::overlay_options(*spec.overlay),
        spec.overlay->host_submounts ? fs::Owners::kRoot : fs::Owners::kTheirs);
    attach(overlay.mount, spec.root.path);
    spec.overlay->is_mounted = true;
    return {std::move(overlay), directory};
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

ServedRoot::ServedRoot(fs::FuseOverlay overlay, const db::ContainerDirectory& directory)
    : mount_(std::move(overlay.mount)), directory_(directory), server_(std::move(overlay.server)) {}

void ServedRoot::end() noexcept {
    if (!mount_) return;
    // By the mount, as its directory has another name by now where a short command became a long
    // one (db/spares.hh).
    umount2(fs::proc_path(mount_.get()).c_str(), MNT_DETACH);
    mount_.reset();
    pollfd served = {server_.pidfd(), POLLIN, 0};
    if (poll(&served, 1, kLastWrites) != 1)
        return warning("fuse-overlayfs still serves '{}', and is ended", directory_.base.native());
    try {
        settle_served_storage(directory_);
    } catch (const Error& error) {
        warning("{}, leaving it to the next who reads the container", error.what());
    }
}

bool has_served_storage(const db::ContainerDirectory& directory) {
    return read_file_if_exists(directory.served()) == kUnsettled;
}

void settle_served_storage(const db::ContainerDirectory& directory) {
    if (!has_served_storage(directory)) return;
    fs::settle_fuse_notes(directory.storage());
    replace_file(directory.served(), "settled\n", 0600);
}

std::optional<ServedRoot> replace_refused_overlay(container::ContainerSpec& spec,
                                                  const db::ContainerDirectory& directory,
                                                  bool warns) {
    if (!spec.overlay || spec.overlay->upper.empty() || fs::in_first_user_namespace())
        return std::nullopt;
    if (!stdfs::exists(directory.copy())) {
        settle_served_storage(directory);
        const bool is_kernel = fs::kernel_refuses_overlays(directory.storage(), directory.work());
        const bool is_host = spec.overlay->host_submounts;
        if (is_host && !is_kernel) return std::nullopt;
        if (is_kernel && fs::has_fuse_overlay() && fs::takes_whiteouts(directory.work()))
            return serve(spec, directory, warns);
        if (is_host) refuse_host();
        if (!is_kernel && (!may_refuse_overlays(directory.base) || !is_refused(*spec.overlay)))
            return std::nullopt;
        if (warns) warn_of_copy(directory, is_kernel);
        make_copy(*spec.overlay, directory, is_kernel);
    }
    use_copy(spec, directory);
    return std::nullopt;
}

}  // namespace mincs::run
