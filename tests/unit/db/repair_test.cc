// What is damaged is replaced in one step, and never under a container that runs.
#include "db/repair.hh"

#include <gmock/gmock.h>

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RepairTest : public StoreTest {
 protected:
    RepairTest() : store_(open(Durability::kFull)), id_(record(store_, "one", "ab")) {}

    std::string content(char layer) const {
        return read_file(store_.layout().layer(hex(layer)) / "file");
    }
    void replace(char layer, const Staging& staging) {
        const auto staged = staging.path() / "anew";
        make_directories(staged);
        write_file_atomic(staged / "file", "anew");
        Layer row = *find_layer(store_, hex(layer));
        row.size = 4;
        row.entries = 7;
        replace_layer(store_, staging, row, staged);
    }

    Store store_;
    std::string id_;
};

TEST_F(RepairTest, SoundDatabaseHasNoDamageAndMissingRowsAreTold) {
    EXPECT_THAT(database_damage(store_), IsEmpty());
    store_.database().execute("PRAGMA foreign_keys = OFF; DELETE FROM layers");
    EXPECT_THAT(database_damage(store_),
                ElementsAre("a row of 'image_layers' refers to one of 'layers' that is missing"));
}

TEST_F(RepairTest, LayerIsReplacedAndItsRowFollows) {
    {
        const Staging staging = Staging::create(store_);
        replace('a', staging);
        EXPECT_EQ(content('a'), "anew");
        EXPECT_EQ(content('b'), "b");
    }
    EXPECT_EQ(count(store_.layout().staging()), 0u) << "the old one is gone";
    EXPECT_EQ(find_layer(store_, hex('a'))->size, 4);
    EXPECT_EQ(find_layer(store_, hex('a'))->entries, 7);
    EXPECT_EQ(get_image(store_, id_).size, 104) << "of both its layers";
}

TEST_F(RepairTest, MissingLayerIsPutInItsPlace) {
    remove_tree(store_.layout().layer(hex('a')));
    const Staging staging = Staging::create(store_);
    replace('a', staging);
    EXPECT_EQ(content('a'), "anew");
}

TEST_F(RepairTest, LayerOfARunningContainerStays) {
    const Staging staging = Staging::create(store_);
    {
        const FileLock running = create_container(store_, container("busy", id_));
        EXPECT_THAT(error_of([&] { replace('a', staging); }),
                    HasSubstr("the container 'busy' runs"));
        EXPECT_EQ(content('a'), "a");
        EXPECT_EQ(find_layer(store_, hex('a'))->size, 100);
    }
    {
        Container several = container("stack");
        several.root = "a:b";
        several.parts = {{"", "/"}, {id_, ""}};
        several.below = directories_of(store_, several.parts);
        const FileLock running = create_container(store_, several);
        EXPECT_THAT(error_of([&] { replace('a', staging); }),
                    HasSubstr("the container 'stack' runs"));
        EXPECT_EQ(content('a'), "a");
    }
    {
        const BriefContainer brief = create_brief_container(store_, container("", id_));
        EXPECT_THAT(error_of([&] { replace('a', staging); }), HasSubstr("just being started"));
        EXPECT_EQ(content('a'), "a");
    }
    replace('a', staging);
    EXPECT_EQ(content('a'), "anew");
}

TEST_F(RepairTest, BlobAndConfigAreReplaced) {
    const std::string config = find_image_row(store_, id_)->config;
    const Digest digest = Digest::of(config);
    write_file_atomic(store_.layout().blob(digest), "rotten");
    restore_config(store_, id_, "rotten");
    EXPECT_EQ(find_image_row(store_, id_)->config, "rotten");
    store_.database().run("UPDATE blobs SET size = 1");

    const Staging staging = Staging::create(store_);
    write_file_atomic(staging.path() / "blob", config);
    replace_blob(store_, digest, staging.path() / "blob");
    restore_config(store_, id_, config);
    EXPECT_EQ(read_file(store_.layout().blob(digest)), config);
    EXPECT_EQ(find_blob_row(store_, digest.to_string())->size,
              static_cast<std::int64_t>(config.size()));
    EXPECT_EQ(get_image(store_, id_).config, config);
}

TEST_F(RepairTest, FilesWithoutARowAreCounted) {
    EXPECT_EQ(count_ownerless(store_).layers, 0);
    make_directories(store_.layout().layer(hex('e')));
    write_file_atomic(store_.layout().blob(digest('e')), "x");
    EXPECT_EQ(count_ownerless(store_).layers, 1);
    EXPECT_EQ(count_ownerless(store_).blobs, 1);
}

}  // namespace
}  // namespace mincs::db
