// Sizes, ages and numbers as people read and write them.
#include "libcore/base/units.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

namespace mincs {
namespace {

TEST(UnitsTest, FormatsSizes) {
    EXPECT_EQ(format_size(0), "0 B");
    EXPECT_EQ(format_size(1023), "1023 B");
    EXPECT_EQ(format_size(1024), "1.0 KiB");
    EXPECT_EQ(format_size(1536), "1.5 KiB");
    EXPECT_EQ(format_size(1024 * 1024 - 1), "1.0 MiB") << "never 1024.0 KiB";
    EXPECT_EQ(format_size(INT64_MAX), "8192.0 PiB");
}

TEST(UnitsTest, ParsesSizes) {
    EXPECT_EQ(parse_size("512"), 512);
    EXPECT_EQ(parse_size("64k"), 65536);
    EXPECT_EQ(parse_size("64K"), 65536);
    EXPECT_EQ(parse_size("64kb"), 65536);
    EXPECT_EQ(parse_size("1.5g"), 1610612736);
    EXPECT_EQ(parse_size("2GiB"), 2147483648);
    EXPECT_EQ(parse_size("7b"), 7);
}

TEST(UnitsTest, RefusesWhatIsNoSize) {
    for (const char* bad : {"", "k", "-1", "-0", "1x", "1kk", "1 k", " 1", "1kib2", "1ib", "inf",
                            "nan", "nank", "0x10", "1e3", "9999999p", "99999999999999999999"})
        EXPECT_THROW(parse_size(bad), UsageError) << bad;
}

TEST(UnitsTest, FormatsAges) {
    using std::chrono::seconds;
    EXPECT_EQ(format_age(seconds(-5)), "0 seconds") << "a clock that was set back";
    EXPECT_EQ(format_age(seconds(1)), "1 second");
    EXPECT_EQ(format_age(seconds(59)), "59 seconds");
    EXPECT_EQ(format_age(seconds(60)), "1 minute");
    EXPECT_EQ(format_age(seconds(7199)), "1 hour");
    EXPECT_EQ(format_age(seconds(3 * 86400)), "3 days");
}

TEST(UnitsTest, ParsesNumbersWithinBounds) {
    EXPECT_EQ(parse_number("0", "a count", 0, 10), 0);
    EXPECT_EQ(parse_number("-3", "a count", -3, 10), -3);
    for (const char* bad : {"", "11", "-1", "1x", " 1", "+1", "99999999999999999999"})
        EXPECT_THROW(parse_number(bad, "a count", 0, 10), UsageError) << bad;
    try {
        parse_number("x", "a port", 1, 65535);
        FAIL() << "accepted";
    } catch (const UsageError& error) {
        EXPECT_STREQ(error.what(), "'x' is not a port: a whole number from 1 to 65535 is wanted");
    }
}

}  // namespace
}  // namespace mincs
