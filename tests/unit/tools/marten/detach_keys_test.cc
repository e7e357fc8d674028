#include "tools/marten/detach_keys.hh"

#include <gtest/gtest.h>

namespace mincs::marten {
namespace {

TEST(DetachKeys, BothInARowDetach) {
    DetachKeys keys;
    EXPECT_EQ(keys.filter("ab\x10\x11zz"), "ab");
    EXPECT_TRUE(keys.is_complete());
}

TEST(DetachKeys, AlsoWhenTheyComeOneByOne) {
    DetachKeys keys;
    EXPECT_EQ(keys.filter("a\x10"), "a");
    EXPECT_FALSE(keys.is_complete());
    EXPECT_EQ(keys.filter("\x11"), "");
    EXPECT_TRUE(keys.is_complete());
}

TEST(DetachKeys, AloneTheyAreTheContainers) {
    DetachKeys keys;
    EXPECT_EQ(keys.filter("\x10"), "");
    EXPECT_EQ(keys.filter("x"), "\x10x");
    EXPECT_EQ(keys.filter("\x11"), "\x11");
    EXPECT_EQ(keys.filter("\x10\x10"), "\x10");
    EXPECT_EQ(keys.filter("\x10y"), "\x10\x10y");
    EXPECT_FALSE(keys.is_complete());
    EXPECT_EQ(keys.filter("\x10\x10\x11"), "\x10");
    EXPECT_TRUE(keys.is_complete());
}

}  // namespace
}  // namespace mincs::marten
