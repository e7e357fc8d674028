#include "libcore/container/exec.hh"

#include <gtest/gtest.h>

using namespace mincs::container;

TEST(Exec, SearchPathIsTheEnvironmentsElseTheUsualOne) {
    EXPECT_EQ(search_path({"A=b", "PATH=/x:/y"}), "/x:/y");
    EXPECT_NE(search_path({"NOPATH=/x"}).find("/usr/bin"), std::string::npos);
}
