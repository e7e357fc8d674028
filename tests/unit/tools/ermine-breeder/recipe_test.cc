// A kernel is made again when what it is made from has changed, and only then: not because the
// program was compiled anew, or a comment became clearer.
#include "tools/ermine-breeder/recipe.hh"

#include <gmock/gmock.h>

namespace mincs::breeder {
namespace {

const Package kSource{"linux-source-6.1", "6.1.192-2", 139331676, "xz-utils"};

TEST(Recipe, ItIsTheSameToday) {
    EXPECT_EQ(build_recipe("um", kSource, "CONFIG_A=y\n"),
              "7b1d2c6bbf9c5479c5e1b43421568e2d1997c4a5fc305c6c11db6f197acf5d9c");
    EXPECT_EQ(distro_recipe("x86_64", {"linux-image-6.1.0-56-amd64", "6.1.192-2", 0, ""}, {"9p"}),
              "3e7c437b4b6f2fa43cd58a923f7a11f4206bd1914562627d7e591c9c173dc099");
}

TEST(Recipe, EachPartCounts) {
    const std::string first = build_recipe("um", kSource, "CONFIG_A=y\n");
    EXPECT_NE(build_recipe("x86_64", kSource, "CONFIG_A=y\n"), first);
    EXPECT_NE(build_recipe("um", kSource, "CONFIG_A=n\n"), first);
    Package newer = kSource;
    newer.version = "6.1.193-1";
    EXPECT_NE(build_recipe("um", newer, "CONFIG_A=y\n"), first);
    const std::string other = distro_recipe("x86_64", kSource, {"9p"});
    EXPECT_NE(distro_recipe("x86_64", kSource, {"9p", "fuse"}), other);
    EXPECT_NE(distro_recipe("arm64", kSource, {"9p"}), other);
}

TEST(Recipe, CommentsAndSizesDoNot) {
    Package described = kSource;
    described.size = 0;
    described.depends = "";
    EXPECT_EQ(build_recipe("um", described, "# why\n\nCONFIG_A=y\n"),
              build_recipe("um", kSource, "CONFIG_A=y\n"));
}

}  // namespace
}  // namespace mincs::breeder
