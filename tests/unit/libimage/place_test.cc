// Places as they are typed.
#include "libimage/place.hh"

#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

std::string parsed(const std::string& typed) {
    const Place place = Place::parse(typed);
    return fmt::format("{} {} {}", static_cast<int>(place.kind), place.path, place.name);
}

TEST(Place, EveryKind) {
    EXPECT_EQ(parsed("debian"), "0  debian");
    EXPECT_EQ(parsed("127.0.0.1:5000/x/y:1"), "0  127.0.0.1:5000/x/y:1");
    EXPECT_EQ(parsed("oci:dir/layout"), "1 dir/layout ");
    EXPECT_EQ(parsed("oci:dir:v1"), "1 dir v1");
    EXPECT_EQ(parsed("oci-archive:a.tar:v1"), "2 a.tar v1");
    EXPECT_EQ(parsed("docker-archive:/a.tar:quay.io/x:1"), "3 /a.tar quay.io/x:1");
    EXPECT_EQ(parsed("docker-archive:-"), "3 - ");
}

TEST(Place, WhatIsNone) {
    for (const char* typed : {"", "oci:", "oci::tag", "docker-archive:", "Upper/Case", "dir:/x"})
        EXPECT_THROW(Place::parse(typed), UsageError) << typed;
}

TEST(Place, ARootIsNoArchiveOfImages) {
    const TempDir directory;
    const auto path = directory.path() / "root.tar";
    write_file_atomic(path, TarBuilder().directory("etc/").file("etc/passwd").bytes());
    EXPECT_THAT(error_of([&] { open_source(Place::parse("oci-archive:" + path.native()), {}); }),
                HasSubstr("the tar of a root"));
}

}  // namespace
}  // namespace mincs::image
