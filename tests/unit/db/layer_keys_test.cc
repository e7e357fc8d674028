// Which key a layer has at its place: its own, or that of the whole stack it depends on.
#include "db/layer_keys.hh"

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class LayerKeys : public StoreTest {
 protected:
    /// Records an image of one layer with this key.
    static void put(Store& store, const Digest& key, const Digest& diff_id, bool depends) {
        const Staging staging = Staging::create(store);
        NewImage image = make_image(store, staging, "image-" + key.hex(), "");
        const auto staged = staging.path() / "layer";
        make_directories(staged);
        image.layer_keys = {key.hex()};
        image.layers.push_back({key.hex(), diff_id, staged, 1, 1, depends, false});
        record_image(store, staging, image);
    }
};

TEST_F(LayerKeys, AChainIdIsOfTheWholeStack) {
    const std::vector<Digest> chain = chain_ids({digest('a'), digest('b'), digest('a')});
    ASSERT_EQ(chain.size(), 3u);
    EXPECT_EQ(chain[0], digest('a'));
    EXPECT_EQ(chain[1], Digest::of("sha256:" + hex('a') + " sha256:" + hex('b')));
    EXPECT_EQ(chain[2], Digest::of(chain[1].to_string() + " sha256:" + hex('a')));
    EXPECT_TRUE(chain_ids({}).empty());
}

TEST_F(LayerKeys, ALayerByItselfServesAnyPlace) {
    Store store = open();
    EXPECT_FALSE(find_layer_key(store, digest('a'), digest('c')));
    put(store, digest('a'), digest('a'), false);
    EXPECT_EQ(find_layer_key(store, digest('a'), digest('c')), hex('a'));
    EXPECT_EQ(find_layer_key(store, digest('a'), digest('a')), hex('a'));
}

TEST_F(LayerKeys, WhatDependsAndWasTheLowestServesTheLowestPlaceOnly) {
    Store store = open();
    put(store, digest('a'), digest('a'), true);
    EXPECT_EQ(find_layer_key(store, digest('a'), digest('a')), hex('a'));
    EXPECT_FALSE(find_layer_key(store, digest('a'), digest('c')));
}

TEST_F(LayerKeys, WhatDependsServesItsOwnStack) {
    Store store = open();
    put(store, digest('a'), digest('a'), true);
    put(store, digest('c'), digest('a'), true);
    EXPECT_EQ(find_layer_key(store, digest('a'), digest('c')), hex('c'));
    EXPECT_FALSE(find_layer_key(store, digest('a'), digest('d')));
}

TEST_F(LayerKeys, AMissingDirectoryIsNoLayer) {
    Store store = open();
    put(store, digest('a'), digest('a'), false);
    remove_tree(layout().layer(hex('a')));
    EXPECT_FALSE(find_layer_key(store, digest('a'), digest('c')));
}

}  // namespace
}  // namespace mincs::db
