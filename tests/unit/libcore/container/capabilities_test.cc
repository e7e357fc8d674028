#include "libcore/container/capabilities.hh"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include "libcore/base/error.hh"

using namespace mincs::container;

TEST(Capabilities, DefaultIsPodmansEleven) {
    EXPECT_EQ(default_capabilities().size(), 11u);
    for (const int dangerous : {CAP_SYS_ADMIN, CAP_NET_RAW, CAP_MKNOD, CAP_SYS_PTRACE,
                                CAP_SYS_MODULE, CAP_DAC_READ_SEARCH})
        EXPECT_EQ(
            std::count(default_capabilities().begin(), default_capabilities().end(), dangerous), 0);
}

TEST(Capabilities, NamesAreReadInEitherCaseWithOrWithoutPrefix) {
    EXPECT_EQ(parse_capability("CAP_CHOWN"), CAP_CHOWN);
    EXPECT_EQ(parse_capability("sys_admin"), CAP_SYS_ADMIN);
    EXPECT_EQ(capability_name(CAP_NET_RAW), "CAP_NET_RAW");
}

TEST(Capabilities, AnUnknownNameIsAUsageError) {
    EXPECT_THROW(parse_capability("CAP_NOSUCH"), mincs::UsageError);
    EXPECT_THROW(parse_capability(""), mincs::UsageError);
}
