// See seccomp_compiler.hh. This file owns libseccomp.
#include "libcore/container/seccomp_compiler.hh"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <memory>

#include "libcore/base/error.hh"
#include "libcore/base/fd.hh"
#include "libcore/container/seccomp_builtin.hh"
#include "libcore/container/seccomp_ranges.hh"

namespace mincs::container {
namespace {

struct ReleaseFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

/// libseccomp returns a negative errno.
void require(int result, std::string_view what, std::string_view step) {
    if (result != 0) throw SysError(-result, "{}: {}", what, step);
}

std::uint32_t kernel_action(SeccompAction action, unsigned errno_ret) {
    switch (action) {
        case SeccompAction::kAllow:
            return SCMP_ACT_ALLOW;
        case SeccompAction::kLog:
            return SCMP_ACT_LOG;
        case SeccompAction::kErrno:
            return SCMP_ACT_ERRNO(errno_ret);
        case SeccompAction::kTrap:
            return SCMP_ACT_TRAP;
        case SeccompAction::kKillThread:
            return SCMP_ACT_KILL_THREAD;
        case SeccompAction::kKillProcess:
            return SCMP_ACT_KILL_PROCESS;
    }
    return SCMP_ACT_KILL_PROCESS;
}

bool lets_through(SeccompAction action) {
    return action == SeccompAction::kAllow || action == SeccompAction::kLog;
}

scmp_arg_cmp condition_of(const SeccompArg& arg) {
    constexpr scmp_compare kOperators[] = {SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,       SCMP_CMP_EQ,
                                           SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ};
    return {arg.index, kOperators[static_cast<std::size_t>(arg.op)], arg.value, arg.value_two};
}

/// Two conditions on one argument are one rule each, either of which is enough: libseccomp cannot
/// say more, and other runtimes read a profile so.
std::vector<std::vector<scmp_arg_cmp>> alternatives(const std::vector<SeccompArg>& args) {
    unsigned seen = 0;
    bool twice = false;
    for (const SeccompArg& arg : args) {
        twice = twice || (seen & 1u << arg.index);
        seen |= 1u << arg.index;
    }
    std::vector<std::vector<scmp_arg_cmp>> rules(twice ? 0 : 1);
    for (const SeccompArg& arg : args) {
        if (twice) rules.emplace_back();
        rules.back().push_back(condition_of(arg));
    }
    return rules;
}

void add_architectures(scmp_filter_ctx filter, const SeccompProfile& profile,
                       std::string_view what) {
    for (const std::string& name : profile.architectures) {
        std::string token = name.starts_with("SCMP_ARCH_") ? name.substr(10) : "";
        std::transform(token.begin(), token.end(), token.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::uint32_t architecture = seccomp_arch_resolve_name(token.c_str());
        if (architecture == 0) throw Error("{}: '{}' is no architecture", what, printable(name));
        const int result = seccomp_arch_add(filter, architecture);
        if (result != -EEXIST) require(result, what, "adding the architecture " + name);
    }
}

/// Of two rules for one call that have no condition the first one counts, for every runtime on
/// libseccomp, and profiles that are in use rely on it. Where only one has a condition libseccomp
/// forgets it, whichever comes first: that is refused.
class Contradictions {
 public:
    void check(int call, const std::string& name, const SeccompRule& rule, std::uint32_t action,
               std::string_view what) {
        const bool always = rule.args.empty();
        for (const auto& [known_always, known_action] : rules_[call])
            if (always != known_always && action != known_action)
                throw Error("{}: of two rules for '{}' only one has a condition", what,
                            printable(name));
        rules_[call].emplace_back(always, action);
    }

 private:
    std::map<int, std::vector<std::pair<bool, std::uint32_t>>> rules_;
};

void add_rule(scmp_filter_ctx filter, const SeccompProfile& profile, const SeccompRule& rule,
              Contradictions& contradictions, std::string_view what) {
    const std::uint32_t action = kernel_action(rule.action, rule.errno_ret);
    for (const std::string& name : rule.names) {
        const int call = seccomp_syscall_resolve_name(name.c_str());
        if (call == __NR_SCMP_ERROR) {
            if (lets_through(rule.action) || !lets_through(profile.default_action)) continue;
            throw Error("{}: '{}' is no system call known here, and would not be refused", what,
                        printable(name));
        }
        contradictions.check(call, name, rule, action, what);
        // libseccomp refuses a rule that says what goes without it.
        if (action == kernel_action(profile.default_action, profile.default_errno)) continue;
        for (const auto& conditions : alternatives(rule.args)) {
            const int result = seccomp_rule_add_array(
                filter, action, call, static_cast<unsigned>(conditions.size()), conditions.data());
            if (result != -EEXIST) require(result, what, "adding a rule for " + name);
        }
    }
}

std::vector<sock_filter> export_program(scmp_filter_ctx filter, std::string_view what) {
    const Fd file(check(memfd_create("seccomp", MFD_CLOEXEC), "{}: making a file in memory", what));
    require(seccomp_export_bpf(filter, file.get()), what, "exporting the program");
    const off_t size = check(lseek(file.get(), 0, SEEK_CUR), "{}: measuring the program", what);
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (pread(file.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
        throw Error("{}: reading the program", what);
    return program;
}

/// ioctl(2) as programs of one architecture number it.
struct IoctlNumber {
    std::uint32_t architecture;
    std::uint32_t number;
};
constexpr IoctlNumber kIoctls[] = {{AUDIT_ARCH_X86_64, 16},
                                   {AUDIT_ARCH_X86_64, 0x40000000u | 514u},  // x32
                                   {AUDIT_ARCH_I386, 54},
                                   {AUDIT_ARCH_AARCH64, 29},
                                   {AUDIT_ARCH_ARM, 54}};

/// The one rule libseccomp cannot say ("all of ioctl but two requests"), as a prologue to its
/// program; BPF's jumps are relative, so what follows need not know. Keys pushed into a terminal
/// would be typed by whoever owns it outside (CVE-2017-5226, CVE-2023-28100). The kernel looks at
/// the low 32 bits of the request only, and so does this (CVE-2019-10063); all these machines are
/// little-endian, so the low half of argument 1 stands at its beginning.
std::vector<sock_filter> terminal_prologue() {
    constexpr unsigned kArch = offsetof(seccomp_data, arch);
    constexpr unsigned kNumber = offsetof(seccomp_data, nr);
    constexpr unsigned kRequest = offsetof(seccomp_data, args) + sizeof(seccomp_data::args[0]);
    std::vector<sock_filter> program;
    for (std::size_t left = std::size(kIoctls); left > 0; --left) {
        const IoctlNumber& ioctl = kIoctls[std::size(kIoctls) - left];
        // Behind the last of these four is a jump over the rest, then what looks at the request.
        const auto to_request = static_cast<__u8>(4 * (left - 1) + 1);
        program.insert(program.end(),
                       {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArch),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ioctl.architecture, 0, 2),
                        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ioctl.number, to_request, 0)});
    }
    program.insert(program.end(),
                   {BPF_STMT(BPF_JMP | BPF_JA, 4), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kRequest),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 1, 0),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)});
    return program;
}

}  // namespace

std::vector<sock_filter> compile_seccomp(const SeccompProfile& profile, std::string_view what,
                                         const Architecture& machine) {
    const Filter filter(seccomp_init(kernel_action(profile.default_action, profile.default_errno)));
    if (!filter) throw Error("{}: preparing the filter", what);
    require(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), what, "the search tree");
    add_architectures(filter.get(), profile, what);
    // libseccomp begins with ours. It translates the numbers of rules by their calls' names.
    if (&machine != &own_architecture())
        require(seccomp_arch_remove(filter.get(), SCMP_ARCH_NATIVE), what, "another machine");
    Contradictions contradictions;
    for (const SeccompRule& rule : profile.rules)
        add_rule(filter.get(), profile, rule, contradictions, what);
    std::vector<sock_filter> program = as_range_tree(export_program(filter.get(), what));
    if (program.size() > BPF_MAXINSNS)
        throw Error("{}: {} instructions, and the kernel takes {}", what, program.size(),
                    BPF_MAXINSNS);
    return program;
}

std::vector<sock_filter> compile_builtin_seccomp(const std::vector<int>& capabilities,
                                                 const Architecture& machine) {
    std::vector<sock_filter> program = terminal_prologue();
    const std::vector<sock_filter> rules = compile_seccomp(
        builtin_seccomp_profile(capabilities, machine), "the built-in seccomp profile", machine);
    program.insert(program.end(), rules.begin(), rules.end());
    return as_range_tree(program);
}

std::vector<sock_filter> compile_filter_of(const ContainerSpec& spec) {
    if (!spec.linux.seccomp) return {};
    if (spec.linux.seccomp_profile)
        return compile_seccomp(*spec.linux.seccomp_profile, "the seccomp profile");
    if (widens_builtin_profile(spec.process.capabilities))
        return compile_builtin_seccomp(spec.process.capabilities);
    return {};
}

}  // namespace mincs::container
