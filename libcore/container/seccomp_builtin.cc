// See seccomp_builtin.hh. Which calls a capability opens is the common engines' choice, as far as
// the kernel asks for that capability in them (capabilities(7)).
#include "libcore/container/seccomp_builtin.hh"

#include <linux/capability.h>
#include <linux/sched.h>

#include <algorithm>

#include "libcore/container/seccomp_profile.hh"

namespace mincs::container {
namespace {

struct CapabilityCalls {
    int capability;
    std::vector<std::string> names;
};

const std::vector<CapabilityCalls>& capability_calls() {
    static const std::vector<CapabilityCalls> kCalls = {
        {CAP_BPF, {"bpf"}},
        {CAP_DAC_READ_SEARCH, {"open_by_handle_at"}},
        {CAP_PERFMON, {"perf_event_open"}},
        {CAP_SYS_ADMIN,
         {"bpf",           "clone",       "clone3",        "fanotify_init",   "fsconfig",
          "fsmount",       "fsopen",      "fspick",        "lookup_dcookie",  "mount",
          "mount_setattr", "move_mount",  "open_tree",     "perf_event_open", "pivot_root",
          "quotactl",      "quotactl_fd", "setdomainname", "sethostname",     "setns",
          "syslog",        "umount",      "umount2",       "unshare"}},
        {CAP_SYS_BOOT, {"reboot"}},
        {CAP_SYS_MODULE, {"delete_module", "finit_module", "init_module"}},
        {CAP_SYS_NICE, {"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"}},
        {CAP_SYS_PACCT, {"acct"}},
        {CAP_SYS_PTRACE, {"kcmp", "pidfd_getfd", "process_madvise"}},
        {CAP_SYS_RAWIO, {"ioperm", "iopl"}},
        {CAP_SYS_TIME, {"clock_settime", "clock_settime64", "settimeofday", "stime"}},
        {CAP_SYS_TTY_CONFIG, {"vhangup"}},
        {CAP_SYSLOG, {"syslog"}},
    };
    return kCalls;
}

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

SeccompProfile builtin_seccomp_profile(const std::vector<int>& capabilities) {
    SeccompProfile profile;
#ifdef __x86_64__
    profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#endif
    SeccompRule allowed;
    allowed.names.assign(std::begin(kAllowedSyscalls), std::end(kAllowedSyscalls));
    for (const CapabilityCalls& calls : capability_calls())
        if (contains(capabilities, calls.capability))
            for (const std::string& name : calls.names)
                if (std::find(allowed.names.begin(), allowed.names.end(), name) ==
                    allowed.names.end())
                    allowed.names.push_back(name);
    profile.rules.push_back(std::move(allowed));
    add_conditional_rules(profile.rules, contains(capabilities, CAP_SYS_ADMIN));
    return profile;
}

bool widens_builtin_profile(const std::vector<int>& capabilities) {
    for (const CapabilityCalls& calls : capability_calls())
        if (contains(capabilities, calls.capability)) return true;
    return false;
}

}  // namespace mincs::container
