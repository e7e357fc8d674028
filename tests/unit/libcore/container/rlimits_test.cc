#include "libcore/container/rlimits.hh"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/error_of.hh"

namespace mincs::container {
namespace {

using test::error_of;

TEST(RlimitsTest, DockersWordsBecomeOcis) {
    const Rlimit one = parse_ulimit("nofile=1024");
    EXPECT_EQ(one.type, "RLIMIT_NOFILE");
    EXPECT_EQ(one.soft, 1024u);
    EXPECT_EQ(one.hard, 1024u);
    const Rlimit both = parse_ulimit("core=0:unlimited");
    EXPECT_EQ(both.type, "RLIMIT_CORE");
    EXPECT_EQ(both.soft, 0u);
    EXPECT_EQ(both.hard, RLIM_INFINITY);
    EXPECT_EQ(parse_ulimit("nproc=-1").soft, RLIM_INFINITY);
}

TEST(RlimitsTest, WhatIsNone) {
    for (const char* text :
         {"", "=", "nofile", "nofile=", "nofile=x", "nofile=1:", "files=1", "nofile=-2"})
        EXPECT_NE(error_of([&] { parse_ulimit(text); }), "no error") << text;
    EXPECT_EQ(error_of([] { parse_ulimit("nofile=2:1"); }),
              "'nofile=2:1': the soft limit is above the hard one");
}

}  // namespace
}  // namespace mincs::container
