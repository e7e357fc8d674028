// The compiled allow-list and profiles, run by an interpreter: the kernel's verdict without the
// kernel.
#include "libcore/container/seccomp.hh"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "libcore/base/error.hh"
#include "libcore/container/seccomp_builtin.hh"
#include "libcore/container/seccomp_compiler.hh"
#include "libcore/container/seccomp_file.hh"
#include "tests/support/bpf_machine.hh"

using namespace mincs::container;

namespace {

unsigned verdict(const seccomp_data& data,
                 std::span<const sock_filter> program = default_seccomp_program()) {
    const auto result = mincs::test::verdict_of(program, data);
    EXPECT_TRUE(result) << "no verdict";
    return result.value_or(0);
}

seccomp_data call(long number, std::uint64_t a0 = 0, std::uint64_t a1 = 0) {
    return {static_cast<int>(number), AUDIT_ARCH_X86_64, 0, {a0, a1}};
}

unsigned native(long number, std::uint64_t a0 = 0, std::uint64_t a1 = 0) {
    return verdict(call(number, a0, a1));
}

using Program = std::vector<sock_filter>;

Program profile(const char* text, const std::vector<int>& capabilities = {}) {
    return compile_seccomp(parse_seccomp_file(text, capabilities, "it"), "it");
}

std::string refusal(const char* text) {
    try {
        profile(text);
        return "none";
    } catch (const mincs::Error& error) {
        return error.what();
    }
}

constexpr unsigned kDenied = SECCOMP_RET_ERRNO | EPERM;

}  // namespace

TEST(Seccomp, OrdinaryCallsAreAllowed) {
    for (const long number : {SYS_read, SYS_openat, SYS_execve, SYS_mmap, SYS_ptrace, SYS_seccomp})
        EXPECT_EQ(native(number), SECCOMP_RET_ALLOW) << number;
}

TEST(Seccomp, WhatAdministersTheKernelIsRefused) {
    for (const long number :
         {SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, SYS_bpf, SYS_keyctl,
          SYS_add_key, SYS_init_module, SYS_kexec_load, SYS_open_by_handle_at, SYS_perf_event_open,
          SYS_userfaultfd, SYS_io_uring_setup, SYS_reboot, SYS_swapon, SYS_fsopen, SYS_move_mount,
          SYS_settimeofday})
        EXPECT_EQ(native(number), kDenied) << number;
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

TEST(Seccomp, OneForArm64HasTheNumbersOfArm64) {
    const Program program = compile_builtin_seccomp({}, get_architecture("arm64"));
    const auto arm = [&](std::uint32_t architecture, int number, std::uint64_t a0 = 0,
                         std::uint64_t a1 = 0) {
        return verdict({number, architecture, 0, {a0, a1}}, program);
    };
    // asm-generic/unistd.h: ioctl, mount, read, clone, execve.
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 63), SECCOMP_RET_ALLOW);
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 221), SECCOMP_RET_ALLOW);
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 40), kDenied);
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 220, SIGCHLD), SECCOMP_RET_ALLOW);
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 220, CLONE_NEWUSER | SIGCHLD), kDenied);
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 29, 0, TCGETS), SECCOMP_RET_ALLOW);
    EXPECT_EQ(arm(AUDIT_ARCH_AARCH64, 29, 0, TIOCSTI), kDenied);
    // 32-bit programs, which its kernel runs: read, mount, ioctl.
    EXPECT_EQ(arm(AUDIT_ARCH_ARM, 3), SECCOMP_RET_ALLOW);
    EXPECT_EQ(arm(AUDIT_ARCH_ARM, 21), kDenied);
    EXPECT_EQ(arm(AUDIT_ARCH_ARM, 54, 0, TIOCSTI), kDenied);
    EXPECT_EQ(arm(AUDIT_ARCH_X86_64, SYS_read), SECCOMP_RET_KILL_THREAD);
    EXPECT_THROW(compile_builtin_seccomp({}, get_architecture("s390x")), mincs::Error);
}

TEST(Seccomp, ACapabilityOpensItsCalls) {
    const struct {
        int capability;
        std::vector<long> calls;
    } kOpened[] = {
        {CAP_SYS_ADMIN, {SYS_mount, SYS_umount2, SYS_unshare, SYS_setns, SYS_fsopen, SYS_clone3}},
        {CAP_SYS_PTRACE, {SYS_kcmp, SYS_pidfd_getfd}},
        {CAP_SYS_MODULE, {SYS_init_module, SYS_finit_module, SYS_delete_module}},
        {CAP_SYS_TIME, {SYS_settimeofday, SYS_clock_settime}},
        {CAP_SYS_NICE, {SYS_mbind, SYS_set_mempolicy}},
        {CAP_SYSLOG, {SYS_syslog}},
        {CAP_SYS_BOOT, {SYS_reboot}},
        {CAP_SYS_PACCT, {SYS_acct}},
        {CAP_SYS_RAWIO, {SYS_iopl, SYS_ioperm}},
        {CAP_SYS_TTY_CONFIG, {SYS_vhangup}},
        {CAP_DAC_READ_SEARCH, {SYS_open_by_handle_at}},
        {CAP_BPF, {SYS_bpf}},
        {CAP_PERFMON, {SYS_perf_event_open}},
    };
    for (const auto& [capability, calls] : kOpened) {
        const Program wider = compile_builtin_seccomp({capability});
        EXPECT_TRUE(widens_builtin_profile({capability}));
        for (const long number : calls) {
            EXPECT_NE(native(number), SECCOMP_RET_ALLOW) << number;
            EXPECT_EQ(verdict(call(number), wider), SECCOMP_RET_ALLOW) << number;
        }
        EXPECT_EQ(verdict(call(SYS_keyctl), wider), kDenied);
        EXPECT_EQ(verdict(call(SYS_ioctl, 0, TIOCSTI), wider), kDenied);
    }
    const Program admin = compile_builtin_seccomp({CAP_SYS_ADMIN});
    EXPECT_EQ(verdict(call(SYS_clone, CLONE_NEWUSER | SIGCHLD), admin), SECCOMP_RET_ALLOW);
    EXPECT_FALSE(widens_builtin_profile({CAP_CHOWN, CAP_SYS_CHROOT, CAP_NET_ADMIN}));
}

TEST(SeccompFile, RulesNamesArgumentsAndErrorsAreAsWritten) {
    const Program program = profile(R"({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30},
            {"name": "rmdir", "action": "SCMP_ACT_ERRNO", "errno": "EROFS"},
            {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args":
                [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]},
            {"names": ["kill"], "action": "SCMP_ACT_LOG", "args":
                [{"index": 1, "value": 1, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"},
            {"names": ["pause"], "action": "SCMP_ACT_TRAP"}]})");
    const auto says = [&](long number, std::uint64_t a0 = 0, std::uint64_t a1 = 0) {
        return verdict(call(number, a0, a1), program);
    };
    EXPECT_EQ(says(SYS_read), SECCOMP_RET_ALLOW);
    EXPECT_EQ(says(SYS_mkdirat), SECCOMP_RET_ERRNO | EROFS);
    EXPECT_EQ(says(SYS_rmdir), SECCOMP_RET_ERRNO | EROFS);
    EXPECT_EQ(says(SYS_socket, 16), SECCOMP_RET_ERRNO | EPERM);
    EXPECT_EQ(says(SYS_socket, 1), SECCOMP_RET_ALLOW);
    EXPECT_EQ(says(SYS_kill, 0, 9), SECCOMP_RET_LOG);
    EXPECT_EQ(says(SYS_kill, 0, 8), SECCOMP_RET_ALLOW);
    EXPECT_EQ(says(SYS_sync), SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(says(SYS_pause), SECCOMP_RET_TRAP);
    EXPECT_NE(verdict({3, AUDIT_ARCH_I386, 0, {}}, program), SECCOMP_RET_ALLOW);
}

TEST(SeccompFile, WhatDependsOnTheContainerOrTheMachineIsDecided) {
    const char* text = R"({
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
        "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
        "syscalls": [
            {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
            {"names": ["sync"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
            {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
            {"names": ["dup"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64"]}},
            {"names": ["dup2"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
            {"names": ["dup3"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "999.0"}},
            {"names": ["read", "no_such_call"], "action": "SCMP_ACT_ALLOW", "comment": ""}]})";
    const Program without = profile(text), with = profile(text, {CAP_SYS_ADMIN});
    constexpr unsigned kDefault = SECCOMP_RET_ERRNO | ENOSYS;
    EXPECT_EQ(verdict(call(SYS_mount), without), kDefault);
    EXPECT_EQ(verdict(call(SYS_mount), with), SECCOMP_RET_ALLOW);
    EXPECT_EQ(verdict(call(SYS_sync), without), SECCOMP_RET_ALLOW);
    EXPECT_EQ(verdict(call(SYS_sync), with), kDefault);
    EXPECT_EQ(verdict(call(SYS_arch_prctl), with), SECCOMP_RET_ALLOW);
    EXPECT_EQ(verdict(call(SYS_dup), with), kDefault);
    EXPECT_EQ(verdict(call(SYS_dup2), with), SECCOMP_RET_ALLOW);
    EXPECT_EQ(verdict(call(SYS_dup3), with), kDefault);
    EXPECT_EQ(verdict({3, AUDIT_ARCH_I386, 0, {}}, with), SECCOMP_RET_ALLOW);  // read
}

TEST(SeccompFile, WhatCannotBeHonouredIsRefusedByItsPlace) {
    const auto rule = [](const std::string& members) {
        return refusal(
            (R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO"}, )" +
             members + "]}")
                .c_str());
    };
    EXPECT_EQ(rule(R"({"names": ["dup"], "action": "SCMP_ACT_TRACE"})"),
              "it: syscalls[1]: SCMP_ACT_TRACE needs a program that answers, and there is none");
    EXPECT_EQ(rule(R"({"names": ["dup"], "action": "ALLOW"})"),
              "it: syscalls[1]: 'ALLOW' is no action");
    EXPECT_EQ(rule(R"({"names": ["dupp"], "action": "SCMP_ACT_KILL"})"),
              "it: 'dupp' is no system call known here, and would not be refused");
    EXPECT_EQ(rule(R"({"names": ["dup"], "action": "SCMP_ACT_ERRNO", "excudes": {}})"),
              "it: syscalls[1]: 'excudes' is not known here");
    EXPECT_EQ(rule(R"({"names": ["dup"], "action": "SCMP_ACT_ERRNO", "excludes": {"cap": []}})"),
              "it: syscalls[1]: 'cap' in 'excludes' is not known here");
    EXPECT_EQ(
        rule(
            R"({"names": ["dup"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]})"),
        "it: syscalls[1]: 'index' is no number up to 5");
    EXPECT_EQ(
        rule(
            R"({"names": ["read"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "op": "SCMP_CMP_EQ"}]})"),
        "it: of two rules for 'read' only one has a condition");
    EXPECT_EQ(rule(R"({"names": ["read"], "action": "SCMP_ACT_KILL"})"), "none");
    EXPECT_EQ(refusal(R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["X"]})"),
              "it: 'flags' is not known here");
    EXPECT_EQ(refusal(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_Z80"]})"),
              "it: 'SCMP_ARCH_Z80' is no architecture");
    EXPECT_EQ(refusal("{}"), "it: 'defaultAction' is missing");
    EXPECT_EQ(refusal("[]"), "it: it is no JSON object");
    EXPECT_NE(refusal("{"), "none");
}

TEST(SeccompFile, IsReadForTheMachineItIsFor) {
    const char* text = R"({
        "defaultAction": "SCMP_ACT_ALLOW",
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
        "syscalls": [
            {"names": ["mkdirat"], "action": "SCMP_ACT_ERRNO", "includes": {"arches": ["arm64"]}},
            {"names": ["rmdir"], "action": "SCMP_ACT_ERRNO", "excludes": {"arches": ["arm64"]}}]})";
    const SeccompProfile arm = parse_seccomp_file(text, {}, "it", get_architecture("arm64"));
    EXPECT_EQ(arm.architectures, (std::vector<std::string>{"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}));
    ASSERT_EQ(arm.rules.size(), 1u);
    EXPECT_EQ(arm.rules[0].names, std::vector<std::string>{"mkdirat"});
    const SeccompProfile amd = parse_seccomp_file(text, {}, "it", get_architecture("amd64"));
    EXPECT_EQ(amd.architectures.front(), "SCMP_ARCH_X86_64");
    ASSERT_EQ(amd.rules.size(), 1u);
    EXPECT_EQ(amd.rules[0].names, std::vector<std::string>{"rmdir"});
}
