// What df adds up, and the view of stacks, on images made without a registry.
#include "db/usage.hh"

#include "db/record.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class UsageTest : public StoreTest {
 protected:
    Store store_ = open();
};

TEST_F(UsageTest, SharedLayersAreNobodysAlone) {
    const std::string a = record(store_, "localhost/a:1", "12");
    record(store_, "localhost/b:1", "13");
    const std::vector<ImageUsage> images = measure_images(store_);
    ASSERT_EQ(images.size(), 2u);
    for (const ImageUsage& image : images) {
        EXPECT_GT(image.unique, 0);
        EXPECT_LT(image.unique, image.disk);
    }
    const StoreUsage usage = measure_usage(store_);
    EXPECT_EQ(usage.layers.all.count, 3);
    EXPECT_EQ(usage.layers.reclaimable.count, 0);
    remove_name(store_, "localhost/a:1");
    EXPECT_EQ(unused_images(store_), std::vector{a});
    EXPECT_EQ(measure_usage(store_).layers.reclaimable.count, 1);
    EXPECT_EQ(measure_usage(store_, false).layers.reclaimable.count, 0);
}

TEST_F(UsageTest, WhatSomebodyWorksOnIsNotReclaimable) {
    make_directories(layout().layer(hex('7')));
    make_directories(layout().staging() / "dead");
    EXPECT_EQ(measure_usage(store_).unfinished.reclaimable.count, 2);
    KeyLocks locks(store_);
    ASSERT_TRUE(locks.try_lock(hex('7')));
    const Staging staging = Staging::create(store_);
    const StoreUsage usage = measure_usage(store_);
    EXPECT_EQ(usage.unfinished.all.count, 3);
    EXPECT_EQ(usage.unfinished.reclaimable.count, 1);
}

TEST_F(UsageTest, ALayerIsListedForEachItStandsOn) {
    record(store_, "localhost/a:1", "12");
    record(store_, "localhost/b:1", "12");
    record(store_, "localhost/c:1", "32");
    const std::vector<PlacedLayer> layers = list_layers(store_);
    ASSERT_EQ(layers.size(), 4u);
    std::size_t shared = 0;
    for (const PlacedLayer& placed : layers) {
        EXPECT_EQ(placed.parent.empty(), placed.layer.key != hex('2'));
        shared += placed.images.size() == 2 ? 1 : 0;
    }
    EXPECT_EQ(shared, 2u);
}

TEST_F(UsageTest, LayersHaveTheirSizes) {
    record(store_, "localhost/a:1", "1");
    const std::vector<PlacedLayer> layers = list_layers(store_);
    ASSERT_EQ(layers.size(), 1u);
    EXPECT_EQ(layers[0].layer.key, hex('1'));
    EXPECT_EQ(layers[0].layer.size, 100);
}

}  // namespace
}  // namespace mincs::db
