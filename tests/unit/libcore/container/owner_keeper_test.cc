// Which calls of an ordinary user's container are answered by somebody else: those that name an
// owner.
#include "libcore/container/owner_keeper.hh"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "tests/support/bpf_machine.hh"

namespace mincs::container {
namespace {

TEST(OwnerKeeper, IsAskedAboutOwnersOnly) {
    const auto verdict = [](std::uint32_t architecture, long number) {
        return test::verdict_of(chown_filter(), {static_cast<int>(number), architecture, 0, {}});
    };
#if defined(__x86_64__)
    for (const long number : {SYS_chown, SYS_lchown, SYS_fchown, SYS_fchownat})
        EXPECT_EQ(verdict(AUDIT_ARCH_X86_64, number), SECCOMP_RET_USER_NOTIF) << number;
    for (const long number : {SYS_read, SYS_chmod, SYS_openat, 212})
        EXPECT_EQ(verdict(AUDIT_ARCH_X86_64, number), SECCOMP_RET_ALLOW) << number;
    for (const long number : {212, 198, 207, 298})
        EXPECT_EQ(verdict(AUDIT_ARCH_I386, number), SECCOMP_RET_USER_NOTIF) << number;
    EXPECT_EQ(verdict(AUDIT_ARCH_I386, SYS_chown), SECCOMP_RET_ALLOW);
    EXPECT_EQ(verdict(AUDIT_ARCH_AARCH64, 54), SECCOMP_RET_ALLOW);
#else
    for (const long number : {SYS_fchown, SYS_fchownat})
        EXPECT_EQ(verdict(AUDIT_ARCH_AARCH64, number), SECCOMP_RET_USER_NOTIF) << number;
    EXPECT_EQ(verdict(AUDIT_ARCH_AARCH64, SYS_read), SECCOMP_RET_ALLOW);
#endif
}

}  // namespace
}  // namespace mincs::container
