// What the kernel has: system calls, file systems, Landlock.
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcore/base/error.hh"
#include "libcore/base/fd.hh"
#include "libcore/fs/landlock.hh"
#include "librun/doctor/check.hh"

namespace mincs::run::doctor {
namespace {

/// Wrong on purpose: a kernel that has it says so in another way than one that has not.
Finding check_clone3() {
    Finding finding = {"clone3", State::kOk, "processes are made in their namespaces by one call"};
    finding.is_essential = true;
    if (syscall(SYS_clone3, nullptr, 0) == -1 && (errno == ENOSYS || errno == EPERM)) {
        finding.state = State::kMissing;
        finding.meaning =
            fmt::format("refused ({}), so nothing can be started", SysError::errno_text(errno));
        finding.remedy =
            "Linux 5.3 or newer; inside a container, one whose seccomp filter lets it be called";
    }
    return finding;
}

Finding check_namespaces() {
    Finding finding = {"namespaces", State::kOk,
                       "of mounts, processes, IPC, host names and networks"};
    finding.is_essential = true;
    const std::string failure = try_in_child([] {
        check(unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP),
              "making namespaces");
    });
    if (!failure.empty()) {
        finding.state = State::kMissing;
        finding.meaning = failure;
        finding.remedy = geteuid() == 0 ? "inside a container: start it with --privileged"
                                        : "see 'user namespaces' below";
    }
    return finding;
}

Finding check_seccomp() {
    Finding finding = {"seccomp", State::kOk, "filters of system calls, and watching them"};
    const auto has = [](unsigned action) {
        return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    };
    if (!has(SECCOMP_RET_ERRNO)) {
        finding.state = State::kMissing;
        finding.meaning = "no filters of system calls: containers run with '--seccomp unconfined'";
        finding.remedy = "a kernel with CONFIG_SECCOMP_FILTER";
    } else if (!has(SECCOMP_RET_USER_NOTIF)) {
        finding.state = State::kLimited;
        finding.meaning = "filters, but no notification: polecat traces by ptrace, more slowly";
        finding.remedy = "Linux 5.0 or newer";
    }
    return finding;
}

Finding check_landlock() {
    constexpr int kScopes = 6;
    const int abi = fs::landlock_abi();
    Finding finding = {"Landlock", State::kOk, fmt::format("version {}", abi)};
    if (abi >= kScopes) return finding;
    finding.state = abi == 0 ? State::kMissing : State::kLimited;
    finding.meaning =
        abi == 0 ? "unpacking layers has one wall less, and so have the host's Unix sockets"
                 : fmt::format(
                       "version {}: a container with the host's network reaches the host's "
                       "Unix sockets without a path",
                       abi);
    finding.remedy = abi == 0 ? "the boot parameter lsm=landlock,..., Linux 5.13 or newer"
                              : "Linux 6.12 or newer; or '--net none'";
    return finding;
}

/// fsopen(2) finds the file system, or has its module loaded.
Finding check_file_system(const char* name, const char* use, const char* without) {
    Finding finding = {fmt::format("file system {}", name), State::kOk, use};
    const std::string failure = try_in_child([&] {
        const Fd file(static_cast<int>(syscall(SYS_fsopen, name, 1 /* FSOPEN_CLOEXEC */)));
        if (!file) throw SysError(errno, "opening it");
    });
    if (!failure.empty()) {
        finding.state = State::kMissing;
        finding.meaning = fmt::format("{} ({})", without, failure);
        finding.remedy = fmt::format("'modprobe {}', as root", name);
    }
    return finding;
}

}  // namespace

std::vector<Finding> kernel_checks() {
    return {check_clone3(),
            check_namespaces(),
            check_seccomp(),
            check_landlock(),
            check_file_system("squashfs", "bundles are mounted by the kernel",
                              "bundles are read by way of FUSE, or unpacked"),
            check_file_system("erofs", "images of this kind can be mounted",
                              "images of this kind cannot be mounted"),
            check_file_system("fuse", "bundles are mounted without root",
                              "bundles of an ordinary user are unpacked into memory")};
}

}  // namespace mincs::run::doctor
