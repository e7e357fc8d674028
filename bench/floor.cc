// The least that a container in namespaces on an overlay costs, beside which minc is measured: one
// clone into new mount and pid namespaces, one overlay on directories that are there already,
// pivot_root, exec, wait. No store, /dev, /proc, user, capabilities, filter, signals or terminal.
// usage: floor LOWER[:LOWER…] UPPER WORK MOUNT_POINT COMMAND…
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace {

void require(long result, const char* what) {
    if (result != -1) return;
    std::perror(what);
    _exit(125);
}

/// `layers` are separated by colons, topmost first. A mount(2) would take 4096 bytes of them.
int mount_overlay(const std::string& layers, const char* upper, const char* work) {
    const int context = fsopen("overlay", FSOPEN_CLOEXEC);
    require(context, "fsopen");
    std::istringstream all(layers);
    for (std::string layer; std::getline(all, layer, ':');)
        require(fsconfig(context, FSCONFIG_SET_STRING, "lowerdir+", layer.c_str(), 0), "lowerdir");
    require(fsconfig(context, FSCONFIG_SET_STRING, "upperdir", upper, 0), "upperdir");
    require(fsconfig(context, FSCONFIG_SET_STRING, "workdir", work, 0), "workdir");
    require(fsconfig(context, FSCONFIG_SET_FLAG, "volatile", nullptr, 0), "volatile");
    require(fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "overlay");
    const int overlay = fsmount(context, FSMOUNT_CLOEXEC, 0);
    require(overlay, "fsmount");
    return overlay;
}

[[noreturn]] void be_the_container(char** argv) {
    require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
    const int overlay = mount_overlay(argv[1], argv[2], argv[3]);
    require(move_mount(overlay, "", AT_FDCWD, argv[4], MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
    require(fchdir(overlay), "fchdir");
    require(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    require(umount2(".", MNT_DETACH), "umount");
    require(chdir("/"), "chdir");
    execvp(argv[5], argv + 5);
    std::perror(argv[5]);
    _exit(127);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) return 2;
    // The overlay's mark that it was not synced; it refuses to be mounted again upon that.
    const std::string overlays_own = std::string(argv[3]) + "/work";
    const std::string mark = overlays_own + "/incompat/volatile";
    unlink((mark + "/dirty").c_str());
    rmdir(mark.c_str());
    const long child = syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    require(child, "clone");
    if (child == 0) be_the_container(argv);
    int status = 0;
    require(waitpid(static_cast<pid_t>(child), &status, 0), "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
