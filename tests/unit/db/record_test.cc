#include "db/record.hh"

#include <gmock/gmock.h>

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

constexpr const char* kName = "docker.io/library/debian:latest";

class RecordTest : public StoreTest {
 protected:
    Store store_ = open(Durability::kFull);
};

TEST_F(RecordTest, FilesAreInPlaceAndStagingIsEmpty) {
    const std::string id = record(store_, kName, "12");
    EXPECT_EQ(read_file(layout().layer(hex('1')) / "file"), "1");
    EXPECT_EQ(read_file(layout().layer(hex('2')) / "file"), "2");
    const Image image = get_image(store_, id);
    EXPECT_EQ(read_file(layout().blob(Digest::of(image.config))), image.config);
    EXPECT_EQ(count(layout().staging()), 0u);
    EXPECT_TRUE(has_layer(store_, hex('1')));
    EXPECT_TRUE(has_blob(store_, Digest::of(image.config)));
    EXPECT_FALSE(has_layer(store_, hex('3')));
}

TEST_F(RecordTest, LayerDirectoryWithoutARowIsReplaced) {
    make_directories(layout().layer(hex('1')));
    write_file_atomic(layout().layer(hex('1')) / "half", "garbage");
    EXPECT_FALSE(has_layer(store_, hex('1')));
    record(store_, kName, "1");
    EXPECT_TRUE(std::filesystem::exists(layout().layer(hex('1')) / "file"));
    EXPECT_FALSE(std::filesystem::exists(layout().layer(hex('1')) / "half"));
    EXPECT_EQ(count(layout().staging()), 0u);
}

TEST_F(RecordTest, RecordedLayerWhoseDirectoryIsGoneCountsAsMissing) {
    const std::string id = record(store_, kName, "1");
    remove_tree(layout().layer(hex('1')));
    EXPECT_FALSE(has_layer(store_, hex('1')));
    EXPECT_EQ(record(store_, kName, "1"), id);
    EXPECT_TRUE(has_layer(store_, hex('1')));
}

TEST_F(RecordTest, CutBlobCountsAsMissing) {
    const Image image = get_image(store_, record(store_, kName, "1"));
    const Digest config = Digest::of(image.config);
    std::filesystem::resize_file(layout().blob(config), 1);
    EXPECT_FALSE(has_blob(store_, config));
}

TEST_F(RecordTest, FailureRecordsNothing) {
    const Staging staging = Staging::create(store_);
    NewImage image = make_image(store_, staging, kName, "1");
    image.layer_keys.push_back(
        hex('9'));  // no such layer: a foreign key fails inside the transaction
    EXPECT_THROW(record_image(store_, staging, image), Error);
    EXPECT_FALSE(find_image(store_, kName));
    EXPECT_FALSE(has_layer(store_, hex('1')));
}

TEST_F(RecordTest, NameMovesToTheNewImage) {
    const std::string old_id = record(store_, kName, "1");
    const Staging staging = Staging::create(store_);
    NewImage image = make_image(store_, staging, "docker.io/library/other:1", "2");
    image.names = {kName};
    const std::string new_id = record_image(store_, staging, image);
    EXPECT_EQ(get_image(store_, kName).id, new_id);
    EXPECT_TRUE(get_image(store_, old_id).names.empty());
}

TEST_F(RecordTest, NamesComeAndGo) {
    const std::string id = record(store_, kName, "1");
    add_name(store_, id, "localhost/mine:1");
    EXPECT_EQ(get_image(store_, "mine:1").id, id);
    remove_name(store_, kName);
    EXPECT_FALSE(find_image(store_, kName));
    EXPECT_EQ(get_image(store_, "mine:1").id, id);
    try {
        add_name(store_, hex('0'), "localhost/nothing:1");
        FAIL() << "an image that is gone got a name";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("has been removed meanwhile"));
    }
}

TEST_F(RecordTest, ImageInUseIsNotRemovedAndItsContainersAreNamed) {
    const std::string id = record(store_, kName, "1");
    {
        const FileLock lock = create_container(store_, container("web", id));
        const std::string message = error_of([&] { remove(store_, get_image(store_, id)); });
        EXPECT_NE(message.find("'web'"), std::string::npos) << message;
        EXPECT_TRUE(find_image(store_, id));
    }
    remove_container(store_, get_container(store_, "web"));
    {
        const BriefContainer brief = create_brief_container(store_, container("", id));
        EXPECT_THAT(error_of([&] { remove(store_, get_image(store_, id)); }),
                    testing::HasSubstr("just being started"));
        EXPECT_TRUE(find_image(store_, id));
    }
    remove(store_, get_image(store_, id));
    EXPECT_FALSE(find_image(store_, id));
    EXPECT_FALSE(find_image(store_, kName));
}

}  // namespace
}  // namespace mincs::db
