// See world.hh. Targets are opened through RootDir and mounted on by descriptor, so that an image
// that ships /dev or /proc as a link gains nothing (CVE-2025-31133, CVE-2025-52565 and their
// family).
#include "libcore/container/world.hh"

#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <optional>

#include "libcore/base/log.hh"
#include "libcore/container/device_nodes.hh"
#include "libcore/container/mount_points.hh"
#include "libcore/container/sysctls.hh"
#include "libcore/fs/mount.hh"

namespace mincs::container {
namespace {

bool has_option(const Mount& mount, std::string_view option) {
    return std::find(mount.options.begin(), mount.options.end(), option) != mount.options.end();
}

bool is_directory(int fd) {
    struct stat info;
    check(fstat(fd, &info), "examining a mount's source");
    return S_ISDIR(info.st_mode);
}

struct DeviceLink {
    const char* name;
    const char* target;
};
constexpr std::array kDeviceLinks = {
    DeviceLink{"fd", "/proc/self/fd"},       DeviceLink{"stdin", "/proc/self/fd/0"},
    DeviceLink{"stdout", "/proc/self/fd/1"}, DeviceLink{"stderr", "/proc/self/fd/2"},
    DeviceLink{"core", "/proc/kcore"},       DeviceLink{"ptmx", "pts/ptmx"}};

/// The standard nodes and links (runtime-spec, config-linux.md, Default Devices), made on the
/// detached tmpfs before anything of the image can see it. In place of nodes there are files to
/// bind the host's onto, if that is what is `bound`.
void fill_dev(int dev, bool bound) {
    const mode_t old_mask = umask(0);
    for (const DeviceNode& node : kDevices)
        check(mknodat(dev, node.name, (bound ? S_IFREG : S_IFCHR) | 0666,
                      bound ? 0 : makedev(node.major, node.minor)),
              "making /dev/{}", node.name);
    for (const DeviceLink& link : kDeviceLinks)
        check(symlinkat(link.target, dev, link.name), "making /dev/{}", link.name);
    for (const char* directory : {"pts", "shm", "mqueue"})
        check(mkdirat(dev, directory, 0755), "making /dev/{}", directory);
    const Fd console(check(openat(dev, "console", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600),
                           "making /dev/console"));
    umask(old_mask);
}

/// Root in a container of podman's may not, whatever else it may.
bool can_make_nodes() {
    return prctl(PR_CAPBSET_READ, CAP_MKNOD) == 1;
}

void bind_devices(int dev, const std::vector<Fd>& devices) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const char* name = kDevices[i].name;
        const Fd target(
            check(openat(dev, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), "opening /dev/{}", name));
        if (devices[i]) fs::attach_mount(devices[i].get(), target.get(), name);
    }
}

/// In a user namespace the kernel refuses a new /proc where the one we see has parts covered, as in
/// another container, and a new /sys where the network is not the namespace's own
/// (user_namespaces(7), mount_namespaces(7)): then it is the one we see.
Fd make_window(const Mount& mount, const std::vector<std::string>& options,
               std::uint64_t attributes) {
    try {
        return fs::new_filesystem(mount.type, options, attributes);
    } catch (const SysError& error) {
        if (error.code() != EPERM) throw;
        debug("  {} is the host's: {}", mount.destination, error.what());
        Fd copy = fs::clone_mount(AT_FDCWD, mount.destination, true);
        fs::add_mount_attributes(copy.get(), attributes, true);
        return copy;
    }
}

/// The terminals' group may have no number in a user namespace.
Fd make_devpts(std::vector<std::string> options, std::uint64_t attributes) {
    try {
        return fs::new_filesystem("devpts", options, attributes);
    } catch (const SysError& error) {
        if (error.code() != EINVAL) throw;
        std::erase_if(options,
                      [](const std::string& option) { return option.starts_with("gid="); });
        return fs::new_filesystem("devpts", options, attributes);
    }
}

Fd make_mount(const Mount& mount, const Fd& bind_source, bool rootless) {
    std::vector<std::string> rest;
    const std::uint64_t attributes = fs::mount_attributes(mount.options, rest);
    if (rootless && (mount.type == "proc" || mount.type == "sysfs"))
        return make_window(mount, rest, attributes);
    if (rootless && mount.type == "devpts") return make_devpts(rest, attributes);
    if (mount.type == "bind") return make_bind(mount, bind_source);
    return fs::new_filesystem(mount.type, rest, attributes);
}

/// An empty, read-only directory.
Fd make_empty_directory() {
    return fs::new_filesystem(
        "tmpfs", {"mode=0555", "size=4k"},
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

void mask_paths(const ContainerSpec& spec, const fs::RootDir& root, const Fd& null_device) {
    Fd empty;
    for (const std::string& path : spec.linux.masked_paths) {
        const auto target = root.open_if_exists(path, O_PATH);
        if (!target) continue;
        const bool hides_directory = is_directory(target->get());
        if (hides_directory && !empty) {
            // Itself, not a copy: to let go of a mount that was never attached costs a millisecond,
            // as the kernel waits until nobody can be looking at it.
            empty = make_empty_directory();
            fs::attach_mount(empty.get(), target->get(), path);
            continue;
        }
        const int source = hides_directory ? empty.get() : null_device.get();
        const Fd cover = fs::clone_mount(source, "", false);
        fs::attach_mount(cover.get(), target->get(), path);
    }
}

void protect_paths(const ContainerSpec& spec, const fs::RootDir& root) {
    for (const std::string& path : spec.linux.readonly_paths) {
        const auto target = root.open_if_exists(path, O_PATH);
        if (!target) continue;
        const Fd copy = fs::clone_mount(target->get(), "", true);
        fs::add_mount_attributes(
            copy.get(),
            MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, true);
        fs::attach_mount(copy.get(), target->get(), path);
    }
}

/// Where the root is one whose owner has no number in our user namespace, nothing can be made in
/// its directories; then names of the host's network are missing there, and all else is an error.
std::optional<Fd> open_target(const MountPoints& mount_points, const Mount& mount, int source,
                              bool rootless) {
    const bool is_dispensable =
        rootless && (mount.destination == "/etc/resolv.conf" || mount.destination == "/etc/hosts");
    try {
        return mount_points.open(mount, source);
    } catch (const SysError& error) {
        if (!is_dispensable || error.code() != EACCES) throw;
        warning("{}, so the command does not see the host's", error.what());
        return std::nullopt;
    }
}

}  // namespace

std::vector<Mount> standard_mounts() {
    return {
        {"/proc", "proc", "proc", {"nosuid", "nodev", "noexec"}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "mode=0755", "size=64k"}},
        {"/dev/pts",
         "devpts",
         "devpts",
         {"nosuid", "noexec", "ptmxmode=0666", "mode=0620", "gid=5"}},
        {"/dev/shm", "tmpfs", "shm", {"nosuid", "nodev", "noexec", "mode=1777", "size=64m"}},
        {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "nodev", "noexec"}},
        {"/sys", "sysfs", "sysfs", {"ro", "nosuid", "nodev", "noexec"}},
    };
}

std::vector<std::string> standard_masked_paths() {
    return {"/proc/acpi",
            "/proc/asound",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware"};
}

std::vector<std::string> standard_readonly_paths() {
    return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

std::vector<Fd> open_bind_sources(const std::vector<Mount>& mounts) {
    std::vector<Fd> sources;
    for (const Mount& mount : mounts)
        sources.push_back(mount.type == "bind"
                              ? fs::clone_mount(AT_FDCWD, mount.source, has_option(mount, "rbind"))
                              : Fd());
    return sources;
}

Fd make_bind(const Mount& mount, const Fd& source) {
    std::vector<std::string> rest;
    const std::uint64_t attributes = fs::mount_attributes(mount.options, rest);
    Fd bind = source.duplicate();
    fs::add_mount_attributes(bind.get(), attributes, true);
    return bind;
}

WorldSources::WorldSources(const ContainerSpec& spec) : binds_(open_bind_sources(spec.mounts)) {
    null_device_ =
        Fd(check(open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC), "opening /dev/null"));
    struct stat info;
    check(fstat(null_device_.get(), &info), "examining /dev/null");
    if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(1, 3))
        throw Error("the host's /dev/null is not the null device");
    if (!spec.linux.rootless && can_make_nodes()) return;
    for (const DeviceNode& node : kDevices) {
        const std::string path = std::string("/dev/") + node.name;
        const bool is_there = access(path.c_str(), F_OK) == 0;
        devices_.push_back(is_there ? fs::clone_mount(AT_FDCWD, path, false) : Fd());
    }
}

Fd make_world(const ContainerSpec& spec, const fs::RootDir& root, const WorldSources& sources) {
    Fd devpts;
    const MountPoints mount_points(root, spec.overlay.has_value() || spec.root.is_copy);
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        const Mount& mount = spec.mounts[i];
        debug("  mounting {} on {}", mount.type == "bind" ? mount.source : mount.type,
              mount.destination);
        Fd detached = make_mount(mount, sources.bind(i), spec.linux.rootless);
        const bool is_dev = mount.destination == "/dev" && mount.type == "tmpfs" && spec.fresh_dev;
        if (is_dev) fill_dev(detached.get(), !sources.devices().empty());
        const auto target =
            open_target(mount_points, mount, sources.bind(i).get(), spec.linux.rootless);
        if (!target) continue;
        fs::attach_mount(detached.get(), target->get(), mount.destination);
        if (is_dev) bind_devices(detached.get(), sources.devices());
        if (mount.type == "devpts") devpts = std::move(detached);
    }
    write_sysctls(spec, root);
    protect_paths(spec, root);
    mask_paths(spec, root, sources.null_device());
    return devpts;
}

void show_binary_formats(const fs::RootDir& root, int table) {
    constexpr const char* kPath = "/proc/sys/fs/binfmt_misc";
    const Fd target = root.open_no_links(kPath, O_PATH | O_DIRECTORY);
    fs::attach_mount(table, target.get(), kPath);
}

void bind_console(const fs::RootDir& root, int terminal) {
    const auto target = root.open_if_exists("/dev/console", O_PATH | O_NOFOLLOW);
    if (!target) return;
    const Fd console = fs::clone_mount(terminal, "", false);
    fs::attach_mount(console.get(), target->get(), "/dev/console");
}

}  // namespace mincs::container
