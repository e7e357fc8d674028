// See seccomp_builtin.hh. Which calls a capability opens is the common engines' choice, as far as
// the kernel asks for that capability in them (capabilities(7)).
#include "libcore/container/seccomp_builtin.hh"

#include <linux/capability.h>
#include <linux/sched.h>

#include <algorithm>

#include "libcore/base/error.hh"
#include "libcore/container/seccomp_profile.hh"

namespace mincs::container {
namespace {

struct CapabilityCall {
    int capability;
    const char* name;
};

constexpr CapabilityCall kCapabilityCalls[] = {
    {CAP_BPF, "bpf"},
    {CAP_DAC_READ_SEARCH, "open_by_handle_at"},
    {CAP_PERFMON, "perf_event_open"},
    {CAP_SYS_ADMIN, "bpf"},
    {CAP_SYS_ADMIN, "clone"},
    {CAP_SYS_ADMIN, "clone3"},
    {CAP_SYS_ADMIN, "fanotify_init"},
    {CAP_SYS_ADMIN, "fsconfig"},
    {CAP_SYS_ADMIN, "fsmount"},
    {CAP_SYS_ADMIN, "fsopen"},
    {CAP_SYS_ADMIN, "fspick"},
    {CAP_SYS_ADMIN, "lookup_dcookie"},
    {CAP_SYS_ADMIN, "mount"},
    {CAP_SYS_ADMIN, "mount_setattr"},
    {CAP_SYS_ADMIN, "move_mount"},
    {CAP_SYS_ADMIN, "open_tree"},
    {CAP_SYS_ADMIN, "perf_event_open"},
    {CAP_SYS_ADMIN, "pivot_root"},
    {CAP_SYS_ADMIN, "quotactl"},
    {CAP_SYS_ADMIN, "quotactl_fd"},
    {CAP_SYS_ADMIN, "setdomainname"},
    {CAP_SYS_ADMIN, "sethostname"},
    {CAP_SYS_ADMIN, "setns"},
    {CAP_SYS_ADMIN, "syslog"},
    {CAP_SYS_ADMIN, "umount"},
    {CAP_SYS_ADMIN, "umount2"},
    {CAP_SYS_ADMIN, "unshare"},
    {CAP_SYS_BOOT, "reboot"},
    {CAP_SYS_MODULE, "delete_module"},
    {CAP_SYS_MODULE, "finit_module"},
    {CAP_SYS_MODULE, "init_module"},
    {CAP_SYS_NICE, "get_mempolicy"},
    {CAP_SYS_NICE, "mbind"},
    {CAP_SYS_NICE, "set_mempolicy"},
    {CAP_SYS_NICE, "set_mempolicy_home_node"},
    {CAP_SYS_PACCT, "acct"},
    {CAP_SYS_PTRACE, "kcmp"},
    {CAP_SYS_PTRACE, "pidfd_getfd"},
    {CAP_SYS_PTRACE, "process_madvise"},
    {CAP_SYS_RAWIO, "ioperm"},
    {CAP_SYS_RAWIO, "iopl"},
    {CAP_SYS_TIME, "clock_settime"},
    {CAP_SYS_TIME, "clock_settime64"},
    {CAP_SYS_TIME, "settimeofday"},
    {CAP_SYS_TIME, "stime"},
    {CAP_SYS_TTY_CONFIG, "vhangup"},
    {CAP_SYSLOG, "syslog"},
};

bool contains(const std::vector<int>& list, int value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

SeccompRule allow_if(const char* name, SeccompArg condition) {
    return {{name}, SeccompAction::kAllow, 0, {condition}};
}

/// Calls that are fine with some arguments only.
void add_conditional_rules(std::vector<SeccompRule>& rules, bool makes_namespaces) {
    if (!makes_namespaces) {
        // A new namespace is more kernel than a container needs; plain fork and threads are clone
        // without these.
        constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                              CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                              CLONE_NEWNET;
        rules.push_back(allow_if("clone", {0, kNamespaces, 0, SeccompOperator::kMaskedEqual}));
        // clone3 hides its flags behind a pointer; libcs fall back to clone on ENOSYS.
        rules.push_back({{"clone3"}, SeccompAction::kErrno, ENOSYS});
    }
    // PER_LINUX, PER_LINUX32, UNAME26 and the query; others weaken the address space.
    for (const std::uint64_t persona : {0x0ul, 0x8ul, 0x20000ul, 0x20008ul, 0xfffffffful})
        rules.push_back(allow_if("personality", {0, persona}));
    // AF_VSOCK (40) would reach the hypervisor; AF_ALG (38) is kernel cryptography with a long list
    // of CVEs.
    rules.push_back(allow_if("socket", {0, 38, 0, SeccompOperator::kLess}));
    rules.push_back(allow_if("socket", {0, 40, 0, SeccompOperator::kGreater}));
    rules.push_back(allow_if("socket", {0, 39}));
}

}  // namespace

std::vector<std::string> seccomp_architectures(const Architecture& machine) {
    if (machine.name == "amd64") return {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
    if (machine.name == "arm64") return {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
    throw Error("there is no filter of system calls for {}", machine.name);
}

SeccompProfile builtin_seccomp_profile(const std::vector<int>& capabilities,
                                       const Architecture& machine) {
    SeccompProfile profile;
    profile.architectures = seccomp_architectures(machine);
    SeccompRule allowed;
    allowed.names.assign(std::begin(kAllowedSyscalls), std::end(kAllowedSyscalls));
    for (const CapabilityCall& call : kCapabilityCalls)
        if (contains(capabilities, call.capability)) allowed.names.push_back(call.name);
    profile.rules.push_back(std::move(allowed));
    add_conditional_rules(profile.rules, contains(capabilities, CAP_SYS_ADMIN));
    return profile;
}

bool widens_builtin_profile(const std::vector<int>& capabilities) {
    return std::any_of(
        std::begin(kCapabilityCalls), std::end(kCapabilityCalls),
        [&](const CapabilityCall& call) { return contains(capabilities, call.capability); });
}

}  // namespace mincs::container
