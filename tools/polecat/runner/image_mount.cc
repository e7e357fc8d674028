// See image_mount.hh.
#include "tools/polecat/runner/image_mount.hh"

#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string_view>

#include "libcore/base/log.hh"
#include "libcore/fs/mount.hh"

namespace mincs::polecat {
namespace {

// Every program that wants a loop device asks for a free one first and takes it then; in between
// another may.
constexpr int kAttempts = 256;
constexpr unsigned kLoopMajor = 7;

bool is_at_or_below(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

LoopDevice attach_loop_device(int file, const Extent& part) {
    const Fd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    if (!control)
        throw Error("mounting the bundle: opening '/dev/loop-control': {}",
                    SysError::errno_text(errno))
            .with_hint("load the kernel's module 'loop' (modprobe loop)");
    loop_config config = {};
    config.fd = static_cast<__u32>(file);
    config.info.lo_offset = part.offset;
    config.info.lo_sizelimit = part.size;
    config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const int number =
            check(ioctl(control.get(), LOOP_CTL_GET_FREE), "asking for a free loop device");
        LoopDevice device;
        device.path = "/dev/loop" + std::to_string(number);
        // In a /dev of our own (surroundings.hh) nobody but us makes it.
        if (mknod(device.path.c_str(), S_IFBLK | 0600,
                  makedev(kLoopMajor, static_cast<unsigned>(number))) == -1 &&
            errno != EEXIST)
            throw SysError(errno, "making '{}'", device.path);
        device.fd =
            Fd(check(open(device.path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", device.path));
        if (ioctl(device.fd.get(), LOOP_CONFIGURE, &config) == 0) return device;
        if (errno != EBUSY) throw SysError(errno, "setting up '{}'", device.path);
    }
    throw Error("mounting the bundle: no loop device stays free for us");
}

std::string choose_mount_point(const std::vector<std::string>& candidates,
                               const std::vector<std::string>& needed) {
    for (const std::string& candidate : candidates) {
        struct stat info;
        if (stat(candidate.c_str(), &info) == -1 || !S_ISDIR(info.st_mode)) continue;
        bool hides = false;
        for (const std::string& path : needed) hides |= is_at_or_below(path, candidate);
        if (!hides) return candidate;
    }
    throw Error("mounting the bundle: no directory to mount it on");
}

void mount_by_kernel(int bundle, const Extent& image, const std::string& place) {
    const LoopDevice device = attach_loop_device(bundle, image);
    const Fd mount = fs::new_filesystem("squashfs", {"source=" + device.path, "ro"},
                                        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
    const Fd target(
        check(open(place.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", place));
    fs::attach_mount(mount.get(), target.get(), place);
    debug("image: {} bytes at {} of the bundle, by {}, on {} of a mount namespace of its own",
          image.size, image.offset, device.path, place);
}

}  // namespace mincs::polecat
