#include "tools/marten/space_budget.hh"

#include <gtest/gtest.h>

#include <limits>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"

namespace mincs::marten {
namespace {

template <typename Action>
std::string refusal_of(const Action& action) {
    try {
        action();
    } catch (const SysError& error) {
        return error.what();
    }
    return "";
}

TEST(SpaceBudgetTest, LimitIsOfAllClaimsTogether) {
    const TempDir temp;
    SpaceBudget budget(temp.path(), 1000);
    budget.claim(600);
    budget.claim(400);
    EXPECT_EQ(refusal_of([&] { budget.claim(1); }),
              "the image's layers have more than 1000 B, which --max-size allows: File too large");
}

TEST(SpaceBudgetTest, WithoutALimitOnlyTheDiskIsOne) {
    const TempDir temp;
    SpaceBudget budget(temp.path(), std::nullopt);
    budget.claim(std::int64_t{1} << 40);
    EXPECT_EQ(refusal_of([&] { budget.claim(std::int64_t{1} << 40); }), "");
}

TEST(SpaceBudgetTest, WhatIsCertainMustFit) {
    const TempDir temp;
    const SpaceBudget budget(temp.path(), std::nullopt);
    EXPECT_NO_THROW(budget.expect(0));
    const std::string refusal =
        refusal_of([&] { budget.expect(std::numeric_limits<std::int64_t>::max()); });
    EXPECT_NE(
        refusal.find("it takes at least 8192.0 PiB, and the store's file system has room for "),
        std::string::npos)
        << refusal;
}

}  // namespace
}  // namespace mincs::marten
