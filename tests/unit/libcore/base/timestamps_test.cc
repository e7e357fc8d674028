// RFC 3339 there and back, and SOURCE_DATE_EPOCH.
#include "libcore/base/timestamps.hh"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "libcore/base/error.hh"

namespace mincs {
namespace {

TEST(Timestamps, WrittenAndRead) {
    EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(981'173'106), "2001-02-03T04:05:06Z");
    EXPECT_EQ(parse_rfc3339("2001-02-03T04:05:06Z"), 981'173'106);
    EXPECT_EQ(parse_rfc3339("2001-02-03T04:05:06.123456789Z"), 981'173'106);
    EXPECT_EQ(parse_rfc3339("2001-02-03T05:05:06+01:00"), 981'173'106);
    EXPECT_EQ(parse_rfc3339("2001-02-02T22:35:06.5-05:30"), 981'173'106);
    EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), -62'135'596'800);  // Go's "no time"
}

TEST(Timestamps, WhatIsNone) {
    for (const char* text :
         {"", "now", "2001-02-03", "2001-02-03T04:05:06", "2001-02-03T04:05:06+1",
          "2001-02-03T04:05:06Zx", "2001-02-03T04:05:+6Z0", "xxxx-02-03T04:05:06Z"})
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

TEST(Timestamps, SourceDateEpochIsTheMomentOfCreation) {
    unsetenv("SOURCE_DATE_EPOCH");
    EXPECT_EQ(source_date_epoch(), std::nullopt);
    EXPECT_NEAR(static_cast<double>(creation_time()), static_cast<double>(std::time(nullptr)), 5);
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    EXPECT_EQ(creation_time(), 86400);
    setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
    EXPECT_THROW(source_date_epoch(), UsageError);
    unsetenv("SOURCE_DATE_EPOCH");
}

}  // namespace
}  // namespace mincs
