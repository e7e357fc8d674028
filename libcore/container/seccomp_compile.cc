// Build-time tool: turns the allow-list into BPF with libseccomp, as a binary search tree (sixty
// comparisons per call become eight), and writes it as initialisers for seccomp.cc. Never runs on a
// user's machine.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "libcore/container/seccomp_profile.hh"

namespace {

void require(int result, const char* what) {
    if (result == 0) return;
    std::fprintf(stderr, "seccomp_compile: %s: error %d\n", what, result);
    std::exit(1);
}

int number(const char* name) {
    return seccomp_syscall_resolve_name(name);
}

void allow_if(scmp_filter_ctx context, const char* name, scmp_arg_cmp condition) {
    require(seccomp_rule_add(context, SCMP_ACT_ALLOW, number(name), 1, condition), name);
}

/// Calls that are fine with some arguments only.
void add_conditional_rules(scmp_filter_ctx context) {
    // A new namespace is more kernel than a container needs; plain fork and threads are clone
    // without these.
    constexpr unsigned long kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;
    allow_if(context, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces, 0));
    // clone3 hides its flags behind a pointer; libcs fall back to clone on ENOSYS.
    require(seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), number("clone3"), 0), "clone3");
    // PER_LINUX, PER_LINUX32, UNAME26 and the query; others weaken the address space.
    for (const unsigned long persona : {0x0ul, 0x8ul, 0x20000ul, 0x20008ul, 0xfffffffful})
        allow_if(context, "personality", SCMP_A0(SCMP_CMP_EQ, persona));
    // AF_VSOCK (40) would reach the hypervisor; AF_ALG (38) is kernel cryptography with a long list
    // of CVEs.
    allow_if(context, "socket", SCMP_A0(SCMP_CMP_LT, 38));
    allow_if(context, "socket", SCMP_A0(SCMP_CMP_GT, 40));
    allow_if(context, "socket", SCMP_A0(SCMP_CMP_EQ, 39));
}

/// The one rule libseccomp cannot say ("all of ioctl but two requests"), as a prologue to its
/// program; BPF's jumps are relative, so what follows need not know. Keys pushed into a terminal
/// would be typed by whoever owns it outside (CVE-2017-5226, CVE-2023-28100). The kernel looks at
/// the low 32 bits of the request only, and so does this (CVE-2019-10063); x86 is little-endian, so
/// the low half of argument 1 stands at its beginning.
std::vector<sock_filter> terminal_prologue() {
    constexpr unsigned kArch = offsetof(seccomp_data, arch);
    constexpr unsigned kNumber = offsetof(seccomp_data, nr);
    constexpr unsigned kRequest = offsetof(seccomp_data, args) + sizeof(seccomp_data::args[0]);
    constexpr unsigned kIoctl = 16, kIoctlX32 = 0x40000000u | 514u, kIoctlI386 = 54;
    return {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 3, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIoctl, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIoctlX32, 2, 6),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kIoctlI386, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kRequest),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
}

void write_operation(std::FILE* out, const sock_filter& op) {
    std::fprintf(out, "{%u, %u, %u, %uu},\n", op.code, op.jt, op.jf, op.k);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!context) return 1;
    if (seccomp_arch_native() == SCMP_ARCH_X86_64) {
        require(seccomp_arch_add(context, SCMP_ARCH_X86), "i386");
        require(seccomp_arch_add(context, SCMP_ARCH_X32), "x32");
    }
    require(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "the search tree");
    for (const char* name : mincs::container::kAllowedSyscalls) {
        const int call = number(name);
        if (call != __NR_SCMP_ERROR)
            require(seccomp_rule_add(context, SCMP_ACT_ALLOW, call, 0), name);
    }
    add_conditional_rules(context);

    std::FILE* bytes = std::tmpfile();
    require(seccomp_export_bpf(context, fileno(bytes)), "exporting");
    std::rewind(bytes);
    std::FILE* out = std::fopen(argv[1], "w");
    if (!out) return 1;
    for (const sock_filter& op : terminal_prologue()) write_operation(out, op);
    sock_filter op;
    while (std::fread(&op, sizeof op, 1, bytes) == 1) write_operation(out, op);
    seccomp_release(context);
    return std::fclose(out) == 0 ? 0 : 1;
}
