// The compiled allow-list, run by a small interpreter of classic BPF: the kernel's verdict without
// the kernel.
#include "libcore/container/seccomp.hh"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cstring>

using namespace mincs::container;

namespace {

unsigned verdict(const seccomp_data& data) {
    const auto program = default_seccomp_program();
    unsigned accumulator = 0;
    for (std::size_t pc = 0; pc < program.size(); ++pc) {
        const sock_filter& op = program[pc];
        switch (op.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + op.k, 4);
                break;
            case BPF_ALU | BPF_AND | BPF_K:
                accumulator &= op.k;
                break;
            case BPF_JMP | BPF_JA:
                pc += op.k;
                break;
            case BPF_JMP | BPF_JEQ | BPF_K:
                pc += accumulator == op.k ? op.jt : op.jf;
                break;
            case BPF_JMP | BPF_JGT | BPF_K:
                pc += accumulator > op.k ? op.jt : op.jf;
                break;
            case BPF_JMP | BPF_JGE | BPF_K:
                pc += accumulator >= op.k ? op.jt : op.jf;
                break;
            case BPF_RET | BPF_K:
                return op.k;
            default:
                ADD_FAILURE() << "unknown instruction " << op.code;
                return 0;
        }
    }
    ADD_FAILURE() << "ran off the end";
    return 0;
}

unsigned native(long number, std::uint64_t a0 = 0, std::uint64_t a1 = 0) {
    return verdict({static_cast<int>(number), AUDIT_ARCH_X86_64, 0, {a0, a1}});
}

constexpr unsigned kDenied = SECCOMP_RET_ERRNO | EPERM;

}  // namespace

TEST(Seccomp, OrdinaryCallsAreAllowed) {
    for (const long call : {SYS_read, SYS_openat, SYS_execve, SYS_mmap, SYS_ptrace, SYS_seccomp})
        EXPECT_EQ(native(call), SECCOMP_RET_ALLOW) << call;
}

TEST(Seccomp, WhatAdministersTheKernelIsRefused) {
    for (const long call :
         {SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, SYS_bpf, SYS_keyctl,
          SYS_add_key, SYS_init_module, SYS_kexec_load, SYS_open_by_handle_at, SYS_perf_event_open,
          SYS_userfaultfd, SYS_io_uring_setup, SYS_reboot, SYS_swapon, SYS_fsopen, SYS_move_mount,
          SYS_settimeofday})
        EXPECT_EQ(native(call), kDenied) << call;
}

TEST(Seccomp, CloneMayForkButMakeNoNamespace) {
    EXPECT_EQ(native(SYS_clone, SIGCHLD), SECCOMP_RET_ALLOW);
    EXPECT_EQ(native(SYS_clone, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND), SECCOMP_RET_ALLOW);
    EXPECT_EQ(native(SYS_clone, CLONE_NEWUSER | SIGCHLD), kDenied);
    EXPECT_EQ(native(SYS_clone3), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST(Seccomp, KeysCannotBePushedIntoATerminal) {
    EXPECT_EQ(native(SYS_ioctl, 0, TCGETS), SECCOMP_RET_ALLOW);
    EXPECT_EQ(native(SYS_ioctl, 0, TIOCSTI), kDenied);
    EXPECT_EQ(native(SYS_ioctl, 0, TIOCLINUX), kDenied);
    // The kernel ignores the upper half of the request (CVE-2019-10063).
    EXPECT_EQ(native(SYS_ioctl, 0, 0x100000000ull | TIOCSTI), kDenied);
}

TEST(Seccomp, I386AndX32AreCoveredByTheirOwnNumbers) {
    EXPECT_EQ(verdict({3, AUDIT_ARCH_I386, 0, {}}), SECCOMP_RET_ALLOW);   // read
    EXPECT_EQ(verdict({21, AUDIT_ARCH_I386, 0, {}}), kDenied);            // mount
    EXPECT_EQ(verdict({54, AUDIT_ARCH_I386, 0, {0, TIOCSTI}}), kDenied);  // ioctl
    EXPECT_EQ(native(0x40000000 | SYS_mount), kDenied);
    EXPECT_EQ(native(0x40000000 | 514, 0, TIOCSTI), kDenied);
}

TEST(Seccomp, AnotherArchitectureIsNotLetThrough) {
    EXPECT_NE(verdict({0, AUDIT_ARCH_AARCH64, 0, {}}), SECCOMP_RET_ALLOW);
}
