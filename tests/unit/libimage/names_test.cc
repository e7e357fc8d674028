// Names that archives give to images.
#include "libimage/names.hh"

#include <gmock/gmock.h>

namespace mincs::image {
namespace {

const Digest kDigest = Digest::of("manifest");

TEST(ArchiveNames, DockersAreRelativeToItsHub) {
    EXPECT_EQ(docker_name("debian:12", kDigest), "docker.io/library/debian:12");
    EXPECT_EQ(docker_name("team/app", kDigest), "docker.io/team/app:latest");
    EXPECT_EQ(docker_name("localhost/mine:1", kDigest), "localhost/mine:1");
}

TEST(ArchiveNames, ABareTagIsNoName) {
    EXPECT_EQ(layout_name("latest", kDigest), std::nullopt);
    EXPECT_EQ(layout_name("", kDigest), std::nullopt);
    EXPECT_EQ(layout_name("mine:1", kDigest), "localhost/mine:1");
    EXPECT_EQ(layout_name("quay.io/org/app:2", kDigest), "quay.io/org/app:2");
    EXPECT_EQ(layout_name("team/app:2", kDigest), "localhost/team/app:2");
}

TEST(ArchiveNames, WhatIsNoNameIsPassedOver) {
    for (const char* text : {"a/UPPER:1", "../../x:1", "a:b:c", "/x:1", "x/", "\x1b[2J:1"}) {
        EXPECT_EQ(docker_name(text, kDigest), std::nullopt) << text;
        EXPECT_EQ(layout_name(text, kDigest), std::nullopt) << text;
    }
}

TEST(ArchiveNames, APinnedNameMustBeTrue) {
    const std::string name = "docker.io/library/debian@";
    EXPECT_EQ(docker_name(name + kDigest.to_string(), kDigest), name + kDigest.to_string());
    EXPECT_EQ(docker_name(name + Digest::of("other").to_string(), kDigest), std::nullopt);
}

TEST(ArchiveNames, AListIsCut) {
    EXPECT_EQ(list_of_names({"a", "b\n"}), "'a', 'b\\n'");
    EXPECT_THAT(list_of_names(std::vector<std::string>(50, "x")), testing::EndsWith("30 more"));
}

}  // namespace
}  // namespace mincs::image
