#include "tools/marten/cpu_text.hh"

#include <gtest/gtest.h>

namespace mincs::marten {
namespace {

TEST(CpuText, MinutesSecondsHundredths) {
    EXPECT_EQ(cpu_text(0), "0:00.00");
    EXPECT_EQ(cpu_text(429999), "0:00.42");
    EXPECT_EQ(cpu_text(723500000), "12:03.50");
}

TEST(CpuText, ShareOfOneCpu) {
    EXPECT_EQ(cpu_share(500000, 1000000), "50.0%");
    EXPECT_EQ(cpu_share(1999, 1000000), "0.1%");
    EXPECT_EQ(cpu_share(2000000, 1000000), "200.0%");
    EXPECT_EQ(cpu_share(-5, 1000000), "0.0%");
    EXPECT_EQ(cpu_share(5, 0), "0.0%");
}

}  // namespace
}  // namespace mincs::marten
