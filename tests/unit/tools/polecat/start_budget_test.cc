#include "tools/polecat/start_budget.hh"

#include <gmock/gmock.h>

namespace mincs::polecat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StartBudget, KeepsSmallBundlesWithinThreeMegabytes) {
    EXPECT_EQ(largest_bundle(1'000'000), 3'000'000u);
    EXPECT_EQ(largest_bundle(2'999'999), 3'000'000u);
    EXPECT_EQ(largest_bundle(3'000'000), 3'000'000u);
}

TEST(StartBudget, LetsLargerBundlesDouble) {
    EXPECT_EQ(largest_bundle(3'000'001), 6'000'002u);
    EXPECT_EQ(largest_bundle(10'000'000), 20'000'000u);
}

TEST(StartBudget, RoomIsWhatTheRestOfTheBundleLeaves) {
    // Three pieces of 1 MiB at most, each with a digest of 32 bytes.
    EXPECT_EQ(room_for_blocks({.beside = 400'000}, 1'000'000), 1'600'000u - 3 * 32);
    EXPECT_EQ(room_for_blocks({.beside = 400'000}, 2'600'000 - 3 * 32), 0u);
}

TEST(StartBudget, TheRunnerComesBeforeTheBlocks) {
    const StartBudget budget = {.beside = 400'000, .runner = 170'000};
    EXPECT_TRUE(takes_plain_runner(budget, 1'000'000));
    EXPECT_EQ(room_for_blocks(budget, 1'000'000), 1'430'000u - 3 * 32);
    EXPECT_FALSE(takes_plain_runner(budget, 2'500'000)) << "no room";
    EXPECT_EQ(room_for_blocks(budget, 2'500'000), 100'000u - 3 * 32);
    EXPECT_TRUE(takes_plain_runner(budget, 4'000'000));
    EXPECT_FALSE(takes_plain_runner({.beside = 400'000}, 1'000'000)) << "no choice";
}

TEST(ChoosePlainBlocks, TakesThoseThatGrowLeastFirst) {
    const std::vector<BlockSizes> blocks = {{1000, 200}, {1000, 900}, {1000, 500}};
    EXPECT_THAT(choose_plain_blocks(blocks, 0), ElementsAre(false, false, false));
    EXPECT_THAT(choose_plain_blocks(blocks, 100), ElementsAre(false, true, false));
    EXPECT_THAT(choose_plain_blocks(blocks, 599), ElementsAre(false, true, false));
    EXPECT_THAT(choose_plain_blocks(blocks, 600), ElementsAre(false, true, true));
    EXPECT_THAT(choose_plain_blocks(blocks, 1400), ElementsAre(true, true, true));
    EXPECT_THAT(choose_plain_blocks({}, 1400), IsEmpty());
}

TEST(ChoosePlainBlocks, OfEqualsTakesTheFirst) {
    const std::vector<BlockSizes> blocks = {{1000, 500}, {1000, 500}, {1000, 500}};
    EXPECT_THAT(choose_plain_blocks(blocks, 1000), ElementsAre(true, true, false));
}

TEST(ChoosePlainBlocks, CountsGrowthByTheByteOfContent) {
    const std::vector<BlockSizes> blocks = {{100, 10}, {1000, 500}};
    EXPECT_THAT(choose_plain_blocks(blocks, 500), ElementsAre(false, true))
        << "ten times as much for five times the room";
    EXPECT_THAT(choose_plain_blocks(blocks, 400), ElementsAre(true, false)) << "what still fits";
}

TEST(ChoosePlainBlocks, WhatDoesNotGetSmallerCostsNothing) {
    EXPECT_THAT(choose_plain_blocks({{1000, 1000}, {1000, 999}}, 0), ElementsAre(true, false));
}

}  // namespace
}  // namespace mincs::polecat
