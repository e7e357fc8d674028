// A filter of system calls as a value, in the words of the OCI runtime-spec (config-linux.md,
// Seccomp): the built-in one (seccomp_builtin.hh) and those of --seccomp (seccomp_file.hh) are such
// values; seccomp_compiler.hh makes programs of them.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

namespace mincs::container {

/// What becomes of a call (seccomp(2), RETURN VALUE).
enum class SeccompAction { kAllow, kLog, kErrno, kTrap, kKillThread, kKillProcess };

enum class SeccompOperator {
    kNotEqual,
    kLess,
    kLessOrEqual,
    kEqual,
    kGreaterOrEqual,
    kGreater,
    kMaskedEqual  ///< (argument & value) == value_two
};

/// A condition on one of a call's six arguments, all 64 bits of it.
struct SeccompArg {
    unsigned index = 0;
    std::uint64_t value = 0;
    std::uint64_t value_two = 0;
    SeccompOperator op = SeccompOperator::kEqual;
};

/// For the calls of these names where all of `args` hold.
struct SeccompRule {
    std::vector<std::string> names;
    SeccompAction action = SeccompAction::kAllow;
    unsigned errno_ret = EPERM;  ///< for kErrno
    std::vector<SeccompArg> args = {};
};

struct SeccompProfile {
    SeccompAction default_action = SeccompAction::kErrno;
    unsigned default_errno = EPERM;
    /// "SCMP_ARCH_X86" …, besides the machine's own; calls of any other kill.
    std::vector<std::string> architectures;
    std::vector<SeccompRule> rules;
};

}  // namespace mincs::container
