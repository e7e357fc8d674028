// Whiteouts in a tar to overlayfs's marks.
#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {
namespace {

using test::TarBuilder;

class Whiteouts : public LayerTest {};

TEST_F(Whiteouts, BecomeDeviceZero) {
    apply(TarBuilder().file(".wh.a").file("d/.wh.b"));
    EXPECT_TRUE(is_whiteout("a"));
    EXPECT_TRUE(is_whiteout("d/b"));
    EXPECT_FALSE(exists(".wh.a"));
}

TEST_F(Whiteouts, OpaqueMarkerBecomesAnXattr) {
    apply(TarBuilder().directory("d").file("d/.wh..wh..opq").file("d/f"));
    EXPECT_TRUE(is_opaque("d"));
    EXPECT_TRUE(exists("d/f"));
    EXPECT_FALSE(exists("d/.wh..wh..opq"));
}

TEST_F(Whiteouts, OpaqueMarkerAfterTheContentHidesNothingOfThisLayer) {
    apply(TarBuilder().file("d/f").file("d/.wh..wh..opq"));
    EXPECT_TRUE(is_opaque("d"));
    EXPECT_TRUE(exists("d/f"));
}

TEST_F(Whiteouts, EntryOfTheSameLayerWinsInEitherOrder) {
    apply(TarBuilder().file("one", "1").file(".wh.one").file(".wh.two").file("two", "2"));
    EXPECT_EQ(read_file(path("one")), "1");
    EXPECT_EQ(read_file(path("two")), "2");
}

TEST_F(Whiteouts, DirectoryOfTheSameLayerBecomesOpaqueInEitherOrder) {
    apply(TarBuilder()
              .directory("one")
              .file("one/f")
              .file(".wh.one")
              .file(".wh.two")
              .directory("two")
              .file("two/f")
              .file(".wh.three")
              .file("three/implied"));
    for (const char* name : {"one", "two", "three"}) EXPECT_TRUE(is_opaque(name)) << name;
    EXPECT_TRUE(exists("one/f"));
    EXPECT_TRUE(exists("two/f"));
    EXPECT_TRUE(exists("three/implied"));
}

TEST_F(Whiteouts, TwiceIsOnce) {
    apply(TarBuilder().file(".wh.a").file(".wh.a"));
    EXPECT_TRUE(is_whiteout("a"));
}

TEST_F(Whiteouts, LeftoversOfAufsAreIgnored) {
    apply(
        TarBuilder().file(".wh..wh.aufs").directory(".wh..wh.plnk").file(".wh..wh.plnk/1.2", "x"));
    EXPECT_TRUE(std::filesystem::is_empty(path("")));
}

TEST_F(Whiteouts, DirectoryTimesAreKept) {
    apply(TarBuilder().add({.name = "d", .type = '5', .mtime = 42}).file("d/.wh.x"));
    EXPECT_EQ(status("d").st_mtim.tv_sec, 42);
}

}  // namespace
}  // namespace mincs::layer
