// Unpacked layers get the keys of their places; one that depends on those below gets files of its
// own for each place.
#include "tools/marten/layer_stack.hh"

#include <gtest/gtest.h>

namespace mincs::marten {
namespace {

Digest digest(char digit) {
    return Digest::parse("sha256:" + std::string(64, digit));
}

std::atomic<std::int64_t> room = 7;

LayerJob job(char diff_id, bool depends) {
    LayerJob job;
    job.diff_id = digest(diff_id);
    job.blob = fmt::format("/blob-{}", diff_id);
    job.limits.notes = &room;
    if (depends) job.result.notes.implied = 1;
    return job;
}

TEST(LayerStack, WhatStandsByItselfHasItsDiffIdAsItsKey) {
    std::vector<StackedLayer> stack = make_stack({digest('a'), digest('b'), digest('a')});
    stack[0].job = stack[2].job = 0;
    stack[1].key = "stored";
    EXPECT_TRUE(name_layers(stack, {job('a', false)}, "/scratch").empty());
    EXPECT_EQ(stack[0].key, digest('a').hex());
    EXPECT_EQ(stack[1].key, "stored");
    EXPECT_EQ(stack[2].key, digest('a').hex());
    EXPECT_EQ(stack[2].job, 0u);
    EXPECT_FALSE(stack[2].depends);
}

TEST(LayerStack, WhatDependsHasItsChainIdAndFilesOfItsOwn) {
    std::vector<StackedLayer> stack = make_stack({digest('a'), digest('b'), digest('a')});
    stack[0].job = stack[2].job = 0;
    stack[1].job = 1;
    const auto more = name_layers(stack, {job('a', true), job('b', false)}, "/scratch");
    EXPECT_EQ(stack[0].key, digest('a').hex());
    EXPECT_EQ(stack[0].job, 0u);
    EXPECT_EQ(stack[2].key, stack[2].chain_id.hex());
    EXPECT_NE(stack[2].key, stack[0].key);
    EXPECT_TRUE(stack[2].depends);
    EXPECT_EQ(stack[2].job, 2u);
    ASSERT_EQ(more.size(), 1u);
    EXPECT_EQ(more[0].diff_id, digest('a'));
    EXPECT_EQ(more[0].stored_blob, "/blob-a");
    EXPECT_EQ(more[0].directory, "/scratch/layer-again-2");
    EXPECT_EQ(more[0].limits.notes, &room);
    EXPECT_TRUE(more[0].result.notes.empty());
}

}  // namespace
}  // namespace mincs::marten
