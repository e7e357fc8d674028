// The process around a FuseServer: mounted by mount(2), which root of a user namespace may do
// (kernel 4.18), then as harmless as a process can be, as what it reads is not trusted.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <vector>

#include "libcore/base/log.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/child.hh"
#include "tools/polecat/runner/fuse_server.hh"

namespace mincs::polecat {
namespace {

#ifdef __x86_64__
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

/// Reading, writing and memory are all that a file server does; anything else ends it. For all its
/// threads. The last three are what a thread of glibc's begins with (in the proof, which is polecat
/// itself).
void allow_serving_only() {
    constexpr long kCalls[] = {
        SYS_read,         SYS_write,        SYS_writev,          SYS_pread64,
        SYS_mmap,         SYS_munmap,       SYS_mremap,          SYS_madvise,
        SYS_brk,          SYS_futex,        SYS_mprotect,        SYS_exit_group,
        SYS_tkill,        SYS_getpid,       SYS_gettid,          SYS_rt_sigprocmask,
        SYS_rt_sigaction, SYS_rt_sigreturn, SYS_set_robust_list, SYS_rseq,
        SYS_getrandom};
    std::vector<sock_filter> program = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    for (const long call : kCalls) {
        program.push_back(
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    const sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
    // A positive result is the thread that cannot have it (seccomp(2)).
    if (check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter),
              "installing the file server's seccomp filter") != 0)
        throw Error("installing the file server's seccomp filter: a thread cannot have it");
}

/// A terminal's keys and whoever signals our process group mean the command.
void hear_no_signals() {
    sigset_t all;
    sigfillset(&all);
    check(sigprocmask(SIG_BLOCK, &all, nullptr), "blocking signals");
    setsid();
}

void give_up_powers() {
    container::limit_bounding_set({});
    container::set_process_capabilities({}, false);
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "setting no_new_privs");
    check(prctl(PR_SET_DUMPABLE, 0), "hiding from ptrace");
}

/// From the fork to the end of the mount.
int be_server(const Fd& device, const Fd& bundle, Squashfs& image, FuseServer& server,
              const std::vector<std::string>& first) {
    hear_no_signals();
    close_descriptors_but({device.get(), bundle.get()});
    for (const int standard : {0, 1, 2})
        if (standard != 2 || log_level() != LogLevel::kDebug) close(standard);
    give_up_powers();
    image.map();
    image.start_helper();
    allow_serving_only();
    try {
        server.expect(first);
        server.serve();
    } catch (const Error& error) {
        debug("file server: {}", error.what());
        return 1;
    }
    return 0;
}

}  // namespace

FileServer mount_by_fuse(const Fd& bundle, Squashfs& image, const std::string& place,
                         FuseServer::Owner owner, const std::vector<std::string>& first) {
    Fd device(check(open("/dev/fuse", O_RDWR | O_CLOEXEC), "opening '/dev/fuse'"));
    const std::string options = fmt::format(
        "fd={},rootmode=40755,user_id={},group_id={},allow_other,default_permissions,max_read={}",
        device.get(), owner.uid, owner.gid, 1u << 20);
    check(
        mount("polecat", place.c_str(), "fuse", MS_RDONLY | MS_NOSUID | MS_NODEV, options.c_str()),
        "mounting the bundle's image by FUSE");
    FuseServer server(device.get(), image, owner);
    Pipe alive = Pipe::make();  // only we read from it
    Child process = Child::clone(0, [&] {
        alive.read_end.reset();
        container::die_with_parent(alive.write_end.get());
        return be_server(device, bundle, image, server, first);
    });
    return {std::move(alive.read_end), std::move(process)};
}

}  // namespace mincs::polecat
