// See rootfs.hh.
#include "libcore/container/rootfs.hh"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <algorithm>
#include <set>

#include "libcore/base/log.hh"
#include "libcore/container/host_skeleton.hh"
#include "libcore/container/machine_room.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/overlay.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::container {
namespace {

Fd open_mount_point(const std::string& path) {
    return Fd(check(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                    "opening the mount point '{}'", path));
}

/// Memory for what changes: a tmpfs in which each overlay gets a pair of directories.
class ScratchSpace {
 public:
    /// Mounted at `path`, where the root will cover it; overlays keep a reference of their own.
    explicit ScratchSpace(const std::string& path)
        : mount_(fs::new_filesystem("tmpfs", {"mode=0755"}, MOUNT_ATTR_NODEV)) {
        fs::attach_mount(mount_.get(), open_mount_point(path).get(), path);
    }

    /// Sets `overlay`'s upper and work directories to new ones here, which live as long as this
    /// object. The upper directory looks like `like`, as it will be the merged tree's top.
    void provide(fs::OverlayOptions& overlay, const std::string& like) {
        const std::string number = std::to_string(directories_.size());
        const Fd& upper = make_directory("upper" + number);
        struct stat model;
        check(stat(like.c_str(), &model), "examining '{}'", like);
        check(fchmodat(mount_.get(), ("upper" + number).c_str(), model.st_mode & 07777, 0),
              "setting a mode");
        // In a user namespace it may be shown as nobody's who has no number there.
        if (fchownat(mount_.get(), ("upper" + number).c_str(), model.st_uid, model.st_gid, 0) ==
                -1 &&
            errno != EINVAL)
            throw SysError(errno, "setting an owner");
        overlay.upper = fs::proc_path(upper.get());
        overlay.work = fs::proc_path(make_directory("work" + number).get());
    }

    /// A new directory here.
    const Fd& directory(const std::string& name) { return make_directory(name); }

 private:
    const Fd& make_directory(const std::string& name) {
        check(mkdirat(mount_.get(), name.c_str(), 0755), "making a directory in memory");
        directories_.emplace_back(check(
            openat(mount_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening it"));
        return directories_.back();
    }

    Fd mount_;
    std::vector<Fd> directories_;
};

/// File systems that are windows into the kernel, of which a container gets its own or none.
bool is_kernel_filesystem(const std::string& type) {
    static const std::set<std::string> kTypes = {
        "autofs", "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs", "debugfs",
        "devpts", "devtmpfs",    "efivarfs",   "fusectl",    "hugetlbfs", "mqueue",   "nsfs",
        "proc",   "pstore",      "rpc_pipefs", "securityfs", "sysfs",     "tracefs"};
    return kTypes.contains(type);
}

bool is_below(const std::string& path, std::string_view top) {
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

bool belongs_into_container(const fs::MountInfo& mount, const std::string& own_mount_point) {
    if (mount.mount_point == "/" || is_kernel_filesystem(mount.type)) return false;
    for (const std::string_view top : {"/proc", "/sys", "/dev"})
        if (is_below(mount.mount_point, top)) return false;
    return !is_below(mount.mount_point, own_mount_point);
}

/// Whoever is not root has the host's mounts locked, and no bind may show what is below one.
Fd read_only_copy(const std::string& path) {
    const bool recursive = !fs::in_first_user_namespace();
    Fd copy = fs::clone_mount(AT_FDCWD, path, recursive);
    fs::add_mount_attributes(copy.get(), MOUNT_ATTR_RDONLY, recursive);
    return copy;
}

/// What the host has mounted below "/" (a /home, a /tmp): each under an overlay of its own, so it
/// can be changed and the host does not see it; read-only where the kernel cannot stack an overlay
/// on it, or where it is a single file.
void add_host_submounts(const fs::RootDir& root, const std::vector<fs::MountInfo>& host_mounts,
                        ScratchSpace& scratch) {
    for (const fs::MountInfo& mount : host_mounts) {
        // What cannot be reached (covered by a later mount, unmounted meanwhile) is not the host's
        // visible tree.
        const auto target = root.open_if_exists(mount.mount_point, O_PATH);
        struct stat info;
        if (!target || stat(mount.mount_point.c_str(), &info) == -1) continue;
        Fd copy;
        try {
            fs::OverlayOptions overlay{.lower = {mount.mount_point}};
            if (!S_ISDIR(info.st_mode)) throw SysError(ENOTDIR, "'{}'", mount.mount_point);
            scratch.provide(overlay, mount.mount_point);
            copy = fs::mount_overlay(overlay);
        } catch (const SysError& error) {
            debug("  '{}' stays read-only: {}", mount.mount_point, error.what());
            copy = read_only_copy(mount.mount_point);
        }
        fs::attach_mount(copy.get(), target->get(), mount.mount_point);
    }
}

/// A directory of the upper one that looks like the host's. Nothing was done there yet, which its
/// mark says.
void make_upper(const std::string& upper, const std::string& path) {
    struct stat model;
    check(stat(path.c_str(), &model), "examining '{}'", printable(path));
    if (mkdir(upper.c_str(), 0700) == -1) {
        if (errno == EEXIST) return;
        throw SysError(errno, "making the directory '{}'", printable(upper));
    }
    if (chown(upper.c_str(), model.st_uid, model.st_gid) == -1 && errno != EINVAL)
        throw SysError(errno, "setting the owner of '{}'", printable(upper));
    check(chmod(upper.c_str(), model.st_mode & 07777), "setting the mode of '{}'",
          printable(upper));
    check(setxattr(upper.c_str(), fs::mount_point_mark(), "", 0, 0), "marking '{}'",
          printable(upper));
}

/// Directories of the container's own for a part: its place in the upper one, and one for work.
void provide_kept(fs::OverlayOptions& overlay, const OverlayRoot& stack, const std::string& path,
                  std::size_t number) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        make_upper(stack.upper + path.substr(0, end), path.substr(0, end));
        if (end == std::string::npos) break;
    }
    overlay.upper = stack.upper + path;
    overlay.work = fmt::format("{}/part{}", stack.work, number);
    make_directories(overlay.work);
}

/// The host's "/" in a user namespace, in parts (host_skeleton.hh).
void add_host_parts(const fs::RootDir& root, const std::vector<HostPart>& parts,
                    const OverlayRoot& stack, ScratchSpace& scratch) {
    std::size_t number = 0;
    for (const HostPart& part : parts) {
        Fd copy;
        try {
            if (!part.is_directory) throw SysError(ENOTDIR, "'{}'", part.path);
            fs::OverlayOptions overlay{.lower = {part.path}};
            overlay.is_volatile = stack.is_volatile;
            if (stack.tmpfs_upper)
                scratch.provide(overlay, part.path);
            else
                provide_kept(overlay, stack, part.path, number++);
            copy = fs::mount_overlay(overlay);
        } catch (const SysError& error) {
            debug("  '{}' stays read-only: {}", printable(part.path), error.what());
            copy = read_only_copy(part.path);
        }
        fs::attach_mount(copy.get(), root.open_no_links(part.path, O_PATH).get(), part.path);
    }
}

fs::RootDir make_overlay_root(const ContainerSpec& spec) {
    const OverlayRoot& stack = *spec.overlay;
    std::vector<fs::MountInfo> host_mounts;
    const bool in_parts = stack.host_submounts && !fs::in_first_user_namespace();
    const auto all_mounts = stack.host_submounts ? fs::read_mountinfo() : host_mounts;
    if (stack.host_submounts) {
        host_mounts = all_mounts;
        std::erase_if(host_mounts, [&](const fs::MountInfo& mount) {
            return !belongs_into_container(mount, spec.root.path);
        });
    }
    std::optional<ScratchSpace> scratch;
    if (stack.tmpfs_upper || in_parts || !host_mounts.empty()) scratch.emplace(spec.root.path);

    fs::OverlayOptions overlay = overlay_options(stack);
    if (stack.tmpfs_upper) scratch->provide(overlay, stack.lower.front());
    std::vector<HostPart> parts;
    if (in_parts) {
        const Fd& skeleton = scratch->directory("skeleton");
        parts = make_host_skeleton(skeleton.get(), all_mounts);
        overlay.lower.back() = fs::proc_path(skeleton.get());
    }
    fs::RootDir root(fs::mount_overlay(overlay), "the container's root");
    fs::attach_mount(root.fd(), open_mount_point(spec.root.path).get(), spec.root.path);
    if (in_parts) add_host_parts(root, parts, stack, *scratch);
    if (!host_mounts.empty()) add_host_submounts(root, host_mounts, *scratch);
    return root;
}

}  // namespace

fs::OverlayOptions overlay_options(const OverlayRoot& stack) {
    fs::OverlayOptions options{stack.lower, stack.upper, stack.work, stack.is_volatile};
    if (!stack.mount_places.empty() && stack.lower.size() < fs::kMaxLowerDirectories)
        options.lower.push_back(stack.mount_places);
    return options;
}

fs::RootDir make_root(const ContainerSpec& spec) {
    fs::RootDir root = [&] {
        if (spec.overlay && !spec.overlay->is_mounted) return make_overlay_root(spec);
        fs::RootDir direct(fs::clone_mount(AT_FDCWD, spec.root.path, false),
                           "'" + spec.root.path + "'");
        fs::attach_mount(direct.fd(), open_mount_point(spec.root.path).get(), spec.root.path);
        return direct;
    }();
    // A device node that an image ships opens nothing; only the fresh /dev has nodes that work.
    if (spec.fresh_dev) fs::add_mount_attributes(root.fd(), MOUNT_ATTR_NODEV, false);
    if (spec.machine_room) return make_machine_room(spec, root);
    return root;
}

void pivot_into(const fs::RootDir& root) {
    // With "." for both, the old root comes to lie on top of the new one and is then taken away
    // (pivot_root(2), NOTES).
    check(fchdir(root.fd()), "entering the new root");
    check(syscall(SYS_pivot_root, ".", "."), "making it the root");
    check(umount2(".", MNT_DETACH), "letting go of the old root");
    check(chdir("/"), "entering '/'");
}

}  // namespace mincs::container
