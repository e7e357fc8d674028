#include "db/images.hh"

#include "libcore/base/disk_usage.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

constexpr const char* kHub = "docker.io/library/debian:latest";
constexpr const char* kLocal = "127.0.0.1:5000/library/debian:latest";

class ImagesTest : public StoreTest {
 protected:
    std::string found(std::string_view typed) {
        const auto image = find_image(store_, typed);
        return image ? image->id : "";
    }
    Store store_ = open();
};

TEST_F(ImagesTest, FamiliarNameFindsTheWholeOne) {
    const std::string id = record(store_, kHub, "1");
    for (const char* typed :
         {"debian", "debian:latest", "library/debian", "docker.io/library/debian",
          "docker.io/debian", "docker.io/library/debian:latest"})
        EXPECT_EQ(found(typed), id) << typed;
    for (const char* typed : {"ebian", "debian:12", "quay.io/library/debian", "debian:late", "",
                              "/", "y/debian", "debian%", "d_bian"})
        EXPECT_EQ(found(typed), "") << typed;
}

TEST_F(ImagesTest, LastComponentsFindAnImageOfAnotherRegistry) {
    const std::string id = record(store_, kLocal, "1");
    for (const char* typed : {"debian", "library/debian", "127.0.0.1:5000/library/debian"})
        EXPECT_EQ(found(typed), id) << typed;
}

TEST_F(ImagesTest, NameThatPullWouldMakeWinsOverALongerOne) {
    const std::string hub = record(store_, kHub, "1");
    record(store_, kLocal, "2");
    EXPECT_EQ(found("debian"), hub);
    EXPECT_EQ(found("library/debian"), hub);
}

TEST_F(ImagesTest, AmbiguousNameIsAnErrorWithTheCandidates) {
    record(store_, "quay.io/a/app:latest", "1");
    record(store_, "quay.io/b/app:latest", "2");
    const std::string message = error_of([&] { find_image(store_, "app"); });
    EXPECT_NE(message.find("quay.io/a/app:latest"), std::string::npos) << message;
    EXPECT_NE(message.find("quay.io/b/app:latest"), std::string::npos) << message;
    EXPECT_NE(found("a/app"), "");
}

TEST_F(ImagesTest, TwoNamesOfOneImageAreNotAmbiguous) {
    const std::string id = record(store_, "quay.io/a/app:latest", "1");
    add_name(store_, id, "quay.io/b/app:latest");
    EXPECT_EQ(found("app"), id);
}

TEST_F(ImagesTest, DigestNamesAreFound) {
    const std::string name = "docker.io/library/debian@sha256:" + hex('e');
    const std::string id = record(store_, name, "1");
    EXPECT_EQ(found("debian@sha256:" + hex('e')), id);
    EXPECT_EQ(found("debian"), "");
}

TEST_F(ImagesTest, PrefixOfTheIdNeedsFourDigits) {
    const std::string id = record(store_, kHub, "1");
    EXPECT_EQ(found(id), id);
    EXPECT_EQ(found("sha256:" + id), id);
    EXPECT_EQ(found(id.substr(0, 4)), id);
    EXPECT_EQ(found(id.substr(0, 3)), "");
    EXPECT_EQ(found(id + "0"), "");
    EXPECT_EQ(found(id.substr(0, 63) + (id[63] == '0' ? "1" : "0")), "");
}

TEST_F(ImagesTest, NameWinsOverAPrefix) {
    const std::string first = record(store_, kHub, "1");
    const std::string second =
        record(store_, "docker.io/library/" + first.substr(0, 8) + ":latest", "2");
    EXPECT_EQ(found(first.substr(0, 8)), second);
    EXPECT_EQ(found(first.substr(0, 9)), first);
}

TEST_F(ImagesTest, ImageSaysWhatItIs) {
    const std::string id = record(store_, kHub, "12");
    const Image image = get_image(store_, id);
    EXPECT_EQ(image.names, (std::vector<std::string>{kHub}));
    EXPECT_EQ(image.layers, (std::vector<std::string>{hex('1'), hex('2')}));
    EXPECT_EQ(image.size, 200);
    EXPECT_GT(image.created_at, 0);
    EXPECT_EQ(Digest::of(image.config).hex(), id);
}

TEST_F(ImagesTest, LayerThatStandsTwiceCountsOnceAtItsUpperPlace) {
    record(store_, kLocal, "12");
    const std::string id = record(store_, kHub, "121");
    const Image image = get_image(store_, id);
    EXPECT_EQ(image.layers, (std::vector<std::string>{hex('2'), hex('1')}));
    EXPECT_EQ(image.size, 200);
    EXPECT_EQ(layers_of_image(store_, id), image.layers);
}

TEST_F(ImagesTest, MissingImageComesWithAHint) {
    try {
        get_image(store_, "nothing\x1b[2J");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()), "there is no image 'nothing\\x1b[2J'");
        EXPECT_NE(error.hint().find("marten pull"), std::string::npos);
    }
}

TEST_F(ImagesTest, ListIsInOrderOfArrivalWithNamelessOnes) {
    record(store_, kHub, "1");
    const std::string second = record(store_, "", "2");
    const auto images = list_images(store_);
    ASSERT_EQ(images.size(), 2u);
    EXPECT_TRUE(get_image(store_, second).names.empty());
}

TEST_F(ImagesTest, ListHasNamesAndSizesAndTheStackedOneLayers) {
    const std::string id = record(store_, kHub, "12");
    add_name(store_, id, kLocal);
    const auto listed = list_images(store_);
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].names, (std::vector<std::string>{kLocal, kHub}));
    EXPECT_EQ(listed[0].size, 200);
    const auto stacked = list_stacked_images(store_);
    ASSERT_EQ(stacked.size(), 1u);
    EXPECT_EQ(stacked[0].names, listed[0].names);
    EXPECT_EQ(stacked[0].size, listed[0].size);
    EXPECT_EQ(stacked[0].layers, (std::vector<std::string>{hex('1'), hex('2')}));
    EXPECT_EQ(stacked[0].manifest_digest, get_image(store_, id).manifest_digest);
}

TEST_F(ImagesTest, NothingBelowAnOpaqueRootIsSeen) {
    const Staging staging = Staging::create(store_);
    NewImage image = make_image(store_, staging, kHub, "123");
    image.layers[1].opaque = true;
    const std::string id = record_image(store_, staging, image);
    EXPECT_EQ(layers_of_image(store_, id), (std::vector<std::string>{hex('2'), hex('3')}));
    EXPECT_EQ(list_stacked_images(store_).at(0).layers, layers_of_image(store_, id));
    EXPECT_EQ(stack_of_image(store_, id).size(), 3u);
    EXPECT_EQ(get_image(store_, id).size, 300);
}

TEST_F(ImagesTest, LayersOnDiskAreCountedAsDuDoes) {
    const std::string id = record(store_, kHub, "1");
    EXPECT_EQ(stack_of_image(store_, id).at(0).disk, disk_usage(layout().layer(hex('1'))));
}

}  // namespace
}  // namespace mincs::db
