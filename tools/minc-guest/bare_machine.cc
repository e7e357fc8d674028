// See bare_machine.hh.
#include "tools/minc-guest/bare_machine.hh"

#include <linux/random.h>
#include <linux/reboot.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <vector>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libvm/machine.hh"

namespace mincs::guest {
namespace {

namespace stdfs = std::filesystem;

void mount_at(const char* type, const char* path, const char* options = nullptr) {
    mkdir(path, 0755);
    const unsigned long flags = MS_NOSUID | MS_NOEXEC;
    check(mount(type, path, type, flags, options), "mounting {} on {}", type, path);
}

/// The port's device, once there is one of this name.
std::string find_port() {
    std::error_code none;
    for (const auto& entry : stdfs::directory_iterator("/sys/class/virtio-ports", none)) {
        const auto name = read_file_if_exists(entry.path() / "name");
        if (name && *name == std::string(vm::kPortName) + "\n")
            return "/dev/" + entry.path().filename().native();
    }
    return "";
}

/// Bytes as they are, in both directions (termios(3)).
void make_raw(int fd) {
    termios settings;
    if (tcgetattr(fd, &settings) == -1) return;  // a port is no terminal
    cfmakeraw(&settings);
    check(tcsetattr(fd, TCSANOW, &settings), "preparing the line to the host");
}

}  // namespace

void mount_kernel_filesystems() {
    mount_at("proc", "/proc");
    mount_at("sysfs", "/sys");
    // Some kernels have it mounted already.
    if (!stdfs::exists("/dev/urandom")) mount_at("devtmpfs", "/dev", "mode=0755");
    // Limits are kept where the kernel can; else whoever asks for one hears of it.
    if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NOEXEC, nullptr) == -1)
        debug("there are no control groups");
}

void leave_initramfs() {
    mkdir("/new", 0755);
    check(mount("tmpfs", "/new", "tmpfs", MS_NOSUID, "mode=0755"), "making a root");
    for (const char* name : {"proc", "sys", "dev"}) {
        const std::string from = std::string("/") + name, to = "/new" + from;
        check(mkdir(to.c_str(), 0755), "making '{}'", to);
        check(mount(from.c_str(), to.c_str(), nullptr, MS_MOVE, nullptr), "moving '{}'", from);
    }
    check(chdir("/new"), "entering the root");
    check(mount(".", "/", nullptr, MS_MOVE, nullptr), "moving the root");
    check(chroot("."), "making it the root");
    check(chdir("/"), "entering '/'");
}

Fd open_channel(const std::string& name) {
    constexpr useconds_t kPause = 5000;
    constexpr int kTries = 10'000'000 / kPause;
    for (int i = 0; i < kTries; ++i) {
        const std::string path = name == "virtio" ? find_port() : "/dev/" + name;
        Fd fd(path.empty() ? -1 : open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
        if (fd) {
            make_raw(fd.get());
            return fd;
        }
        usleep(kPause);
    }
    throw Error("the line '{}' to the host is not there", name);
}

void seed_random(std::string_view bytes) {
    std::vector<char> pool(sizeof(rand_pool_info) + bytes.size());
    rand_pool_info info = {};
    info.entropy_count = static_cast<int>(bytes.size() * 8);
    info.buf_size = static_cast<int>(bytes.size());
    std::memcpy(pool.data(), &info, sizeof info);
    std::ranges::copy(bytes, pool.begin() + sizeof info);
    const Fd generator(check(open("/dev/urandom", O_WRONLY | O_CLOEXEC), "opening /dev/urandom"));
    check(ioctl(generator.get(), RNDADDENTROPY, pool.data()), "seeding the random generator");
}

void end_machine() {
    sync();
    const std::string words = read_file_if_exists("/proc/cmdline").value_or("");
    const bool restarts = vm::parse_guest_words(words).restart;
    reboot(restarts ? RB_AUTOBOOT : RB_POWER_OFF);
    while (true) pause();
}

}  // namespace mincs::guest
