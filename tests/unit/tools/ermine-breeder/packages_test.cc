// What apt-cache tells of a package.
#include "tools/ermine-breeder/packages.hh"

#include <gmock/gmock.h>

#include "libermine/kit.hh"

namespace mincs::breeder {
namespace {

TEST(Packages, TheFirstParagraphIsRead) {
    const auto package = parse_package(
        "Package: linux-image-amd64\nVersion: 6.1.192-2\nInstalled-Size: 13\n"
        "Pre-Depends: x\nDepends: linux-image-6.1.0-56-amd64 (= 6.1.192-2)\nSize: 1480\n"
        "Description: y\n Depends: z\n\nPackage: other\nVersion: 1\n");
    ASSERT_TRUE(package);
    EXPECT_EQ(package->name, "linux-image-amd64");
    EXPECT_EQ(package->version, "6.1.192-2");
    EXPECT_EQ(package->size, 1480);
    EXPECT_EQ(package->depends, "linux-image-6.1.0-56-amd64 (= 6.1.192-2)");
}

TEST(Packages, NothingIsNoPackage) {
    EXPECT_FALSE(parse_package(""));
    EXPECT_FALSE(parse_package("N: Can't select versions from package 'x' as it is virtual\n"));
}

TEST(Packages, ThePackageBehindAPointerIsFoundAmongItsDependencies) {
    EXPECT_EQ(dependency("linux-source-6.1 (= 6.1.192-2)", "linux-source-"), "linux-source-6.1");
    EXPECT_EQ(dependency("a (>= 1), linux-image-6.1.0-56-arm64, b", "linux-image-"),
              "linux-image-6.1.0-56-arm64");
    EXPECT_EQ(dependency("a, b | c", "linux-image-"), "");
}

TEST(Packages, UserModeLinuxIsOfTheHostsOwn) {
    EXPECT_EQ(debian_architecture("x86_64"), "amd64");
    EXPECT_EQ(debian_architecture("arm64"), "arm64");
    EXPECT_EQ(debian_architecture("um"), debian_architecture(ermine::own_architecture()));
}

}  // namespace
}  // namespace mincs::breeder
