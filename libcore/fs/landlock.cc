// See landlock.hh. The only caller of landlock_create_ruleset(2) and its sisters. The kernel's
// header may be older than the kernel, so what came after version 2 is spelt out here.
#include "libcore/fs/landlock.hh"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "libcore/base/fd.hh"
#include "libcore/base/log.hh"

namespace mincs::fs {
namespace {

constexpr std::uint64_t kTruncate = 1ull << 14;            // version 3
constexpr std::uint64_t kDeviceIoctl = 1ull << 15;         // version 5
constexpr std::uint64_t kTcp = 1ull << 0 | 1ull << 1;      // bind, connect: version 4
constexpr std::uint64_t kAbstractSocketScope = 1ull << 0;  // version 6
constexpr std::uint64_t kSignalScope = 1ull << 1;

/// Version 1 refuses every link and rename from one directory to another, whatever the rules say.
constexpr int kOldestUsable = 2;

/// struct landlock_ruleset_attr of version 6. Older kernels take it as long as what they do not
/// know is zero.
struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t tcp = 0;
    std::uint64_t scopes = 0;
};

struct AccessBits {
    unsigned access;
    std::uint64_t bits;
};
constexpr AccessBits kAccessBits[] = {
    {kReading, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR},
    {kWriting, LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate},
    {kChangingEntries, LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                           LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                           LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                           LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER},
    {kMakingDevices, LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK},
    {kExecuting, LANDLOCK_ACCESS_FS_EXECUTE},
    {kDeviceControl, kDeviceIoctl},
};
/// What may be allowed of a path that is no directory.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_EXECUTE | kTruncate | kDeviceIoctl;

std::uint64_t bits_of(unsigned access) {
    std::uint64_t bits = 0;
    for (const AccessBits& each : kAccessBits)
        if ((access & each.access) != 0) bits |= each.bits;
    return bits;
}

std::uint64_t known_file_bits(int abi) {
    std::uint64_t bits = bits_of(~0u);
    if (abi < 3) bits &= ~kTruncate;
    if (abi < 5) bits &= ~kDeviceIoctl;
    return bits;
}

/// What the kernel is to refuse unless a rule allows it.
RulesetAttributes refused_by(const LandlockRules& rules, int abi) {
    RulesetAttributes refused;
    if (rules.paths) refused.files = known_file_bits(abi);
    if (!rules.tcp) refused.tcp = kTcp;
    if (!rules.abstract_sockets) refused.scopes |= kAbstractSocketScope;
    if (!rules.signals) refused.scopes |= kSignalScope;
    if (refused.tcp != 0 && abi < 4) {
        debug("this kernel's Landlock (version {}) cannot refuse TCP, ignoring", abi);
        refused.tcp = 0;
    }
    if (refused.scopes != 0 && abi < 6) {
        debug("this kernel's Landlock (version {}) has no scopes, ignoring", abi);
        refused.scopes = 0;
    }
    return refused;
}

void add_rule(int ruleset, const PathRule& rule, std::uint64_t known) {
    const Fd path(
        check(open(rule.path.c_str(), O_PATH | O_CLOEXEC), "opening '{}'", printable(rule.path)));
    struct stat status;
    check(fstat(path.get(), &status), "looking at '{}'", printable(rule.path));
    landlock_path_beneath_attr beneath = {};
    beneath.allowed_access = bits_of(rule.access) & known;
    if (!S_ISDIR(status.st_mode)) beneath.allowed_access &= kOfFiles;
    beneath.parent_fd = path.get();
    if (beneath.allowed_access == 0) return;
    check(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0u),
          "telling the kernel what may be done in '{}'", printable(rule.path));
}

}  // namespace

int landlock_abi() {
    const long abi = syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0},
                             LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : static_cast<int>(abi);
}

bool restrict_thread(const LandlockRules& rules, int abi) {
    if (abi < kOldestUsable) {
        debug("this kernel has no Landlock, or too old a version ({}): going on without", abi);
        return false;
    }
    const RulesetAttributes refused = refused_by(rules, abi);
    if (refused.files == 0 && refused.tcp == 0 && refused.scopes == 0) return false;
    const Fd ruleset(
        static_cast<int>(check(syscall(SYS_landlock_create_ruleset, &refused, sizeof refused, 0u),
                               "making a Landlock ruleset")));
    if (rules.paths)
        for (const PathRule& rule : *rules.paths) add_rule(ruleset.get(), rule, refused.files);
    // Without it the kernel wants CAP_SYS_ADMIN, as a setuid program could be led astray.
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "giving up new privileges");
    if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0u) == 0) return true;
    // Sixteen rulesets upon one another is what a thread may have.
    if (errno != E2BIG) throw SysError(errno, "restricting a thread by Landlock");
    debug("too many Landlock rulesets upon this thread already: going on without ours");
    return false;
}

bool scope_abstract_sockets() {
    // The kernel's answer to what it does not know says enough: its version need not be asked for.
    const RulesetAttributes refused = {.scopes = kAbstractSocketScope};
    const Fd ruleset(
        static_cast<int>(syscall(SYS_landlock_create_ruleset, &refused, sizeof refused, 0u)));
    if (ruleset && syscall(SYS_landlock_restrict_self, ruleset.get(), 0u) == 0) return true;
    debug("abstract Unix sockets of the host stay within reach: Landlock: {}",
          SysError::errno_text(errno));
    return false;
}

}  // namespace mincs::fs
