#include "tools/marten/space_budget.hh"

#include <gtest/gtest.h>

#include <limits>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"

namespace mincs::marten {
namespace {

using test::error_of;

TEST(SpaceBudgetTest, LimitIsOfAllClaimsTogether) {
    const TempDir temp;
    SpaceBudget budget(temp.path(), 1000);
    budget.claim(600);
    budget.claim(400);
    EXPECT_EQ(error_of([&] { budget.claim(1); }),
              "the image's layers have more than 1000 B, which --max-size allows: File too large");
}

TEST(SpaceBudgetTest, WithoutALimitOnlyTheDiskIsOne) {
    const TempDir temp;
    SpaceBudget budget(temp.path(), std::nullopt);
    for (int piece = 0; piece < 1000; ++piece) budget.claim(std::int64_t{4} << 20);
    EXPECT_EQ(error_of([&] { budget.claim(std::int64_t{1} << 20); }), "no error");
}

TEST(SpaceBudgetTest, PieceThatDoesNotFitIsRefusedBeforeItIsWritten) {
    const TempDir temp;
    SpaceBudget budget(temp.path(), std::nullopt);
    EXPECT_EQ(error_of([&] { budget.claim(std::numeric_limits<std::int64_t>::max()); }),
              "the store's file system is nearly full: No space left on device");
}

TEST(SpaceBudgetTest, WhatIsCertainMustFit) {
    const TempDir temp;
    const SpaceBudget budget(temp.path(), std::nullopt);
    EXPECT_NO_THROW(budget.expect(0));
    const std::string refusal =
        error_of([&] { budget.expect(std::numeric_limits<std::int64_t>::max()); });
    EXPECT_NE(
        refusal.find("it takes at least 8192.0 PiB, and the store's file system has room for "),
        std::string::npos)
        << refusal;
}

}  // namespace
}  // namespace mincs::marten
