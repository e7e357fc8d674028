// See surroundings.hh.
#include "tools/polecat/runner/surroundings.hh"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "libcore/base/log.hh"
#include "libcore/fs/mount.hh"

namespace mincs::polecat {
namespace {

/// Every root has these, or gets them; the last one is for mounting on.
constexpr const char* kDirectories[] = {"proc", "dev", "mnt"};

struct Node {
    const char* name;
    mode_t type;
    unsigned major, minor;
};
constexpr Node kNodes[] = {{"null", S_IFCHR, 1, 3},    {"zero", S_IFCHR, 1, 5},
                           {"full", S_IFCHR, 1, 7},    {"random", S_IFCHR, 1, 8},
                           {"urandom", S_IFCHR, 1, 9}, {"tty", S_IFCHR, 5, 0},
                           {"fuse", S_IFCHR, 10, 229}, {"loop-control", S_IFCHR, 10, 237}};

Fd open_directory(const std::string& path) {
    return Fd(check(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", path));
}

struct Place {
    dev_t device;
    ino_t number;
    bool operator==(const Place&) const = default;
};

Place here(const char* path) {
    struct stat info;
    check(stat(path, &info), "examining '{}'", path);
    return {info.st_dev, info.st_ino};
}

void enter_root(const Fd& root) {
    check(fchdir(root.get()), "entering a root");
    check(chroot("."), "making it the root");
}

/// The root of a chroot is no mount point, so nothing can be made private from within. But who may
/// chroot can also leave: with the root elsewhere, ".." leads up to the namespace's own.
void turn_chroot_into_mount() {
    const Fd old_root = open_directory("/");
    const Fd elsewhere = fs::new_filesystem("tmpfs", {"size=4k"}, 0);
    enter_root(elsewhere);
    check(fchdir(old_root.get()), "going back");
    while (here(".") != here("..")) check(chdir(".."), "going up");
    check(chroot("."), "making the highest directory the root");
    fs::make_all_mounts_private();
    const Fd copy = fs::clone_mount(old_root.get(), "", true);
    fs::attach_mount(copy.get(), old_root.get(), "/");
    enter_root(copy);
}

std::vector<std::string> names_in_root() {
    struct Close {
        void operator()(DIR* dir) const { closedir(dir); }
    };
    const std::unique_ptr<DIR, Close> dir(opendir("/"));
    if (!dir) throw SysError(errno, "reading '/'");
    std::vector<std::string> names;
    while (const dirent* entry = readdir(dir.get())) names.emplace_back(entry->d_name);
    std::erase(names, ".");
    std::erase(names, "..");
    return names;
}

/// Shows what `old_root` has by this name in `new_root`.
void show(const Fd& old_root, const Fd& new_root, const std::string& name) {
    struct stat info;
    if (fstatat(old_root.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == -1) return;
    if (S_ISLNK(info.st_mode)) {
        char target[PATH_MAX];
        const ssize_t size =
            check(readlinkat(old_root.get(), name.c_str(), target, sizeof target - 1),
                  "reading the link '/{}'", name);
        target[size] = '\0';
        check(symlinkat(target, new_root.get(), name.c_str()), "making the link '/{}'", name);
        return;
    }
    const int made = S_ISDIR(info.st_mode)
                         ? mkdirat(new_root.get(), name.c_str(), 0755)
                         : mknodat(new_root.get(), name.c_str(), S_IFREG | 0644, 0);
    check(made, "making '/{}'", name);
    const Fd target(
        check(openat(new_root.get(), name.c_str(), O_PATH | O_CLOEXEC), "opening '/{}'", name));
    const Fd copy = fs::clone_mount(old_root.get(), name, true);
    fs::attach_mount(copy.get(), target.get(), "/" + name);
}

/// A root of our own in memory, with all that the old one has, and the directories it lacks.
void become_own_root() {
    const std::vector<std::string> names = names_in_root();
    const Fd old_root = open_directory("/");
    const Fd new_root = fs::new_filesystem("tmpfs", {"mode=0755", "size=1m"}, 0);
    fs::attach_mount(new_root.get(), old_root.get(), "/");
    for (const std::string& name : names) show(old_root, new_root, name);
    for (const char* name : kDirectories)
        if (mkdirat(new_root.get(), name, 0755) == -1 && errno != EEXIST)
            throw SysError(errno, "making '/{}'", name);
    enter_root(new_root);
}

bool is_there(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
}

void mount_on(const Fd& mount, const std::string& path) {
    fs::attach_mount(mount.get(), open_directory(path).get(), path);
}

void make_devices() {
    const Fd dev = fs::new_filesystem("tmpfs", {"mode=0755", "size=64k"}, MOUNT_ATTR_NOSUID);
    for (const Node& node : kNodes)
        check(mknodat(dev.get(), node.name, node.type | 0666, makedev(node.major, node.minor)),
              "making '/dev/{}'", node.name);
    mount_on(dev, "/dev");
}

}  // namespace

void provide_surroundings(bool is_privileged) {
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1) {
        if (errno != EINVAL) throw SysError(errno, "making the mount namespace private");
        debug("surroundings: a chroot, which becomes a mount");
        turn_chroot_into_mount();
    }
    bool lacks_directory = false;
    for (const char* name : kDirectories) lacks_directory |= !is_there(std::string("/") + name);
    if (lacks_directory) {
        debug("surroundings: '/' lacks directories, which a root in memory adds");
        become_own_root();
    }
    if (!is_privileged) return;
    if (!is_there("/proc/self/fd")) mount_on(fs::new_filesystem("proc", {}, 0), "/proc");
    if (!is_there("/dev/null")) make_devices();
}

}  // namespace mincs::polecat
