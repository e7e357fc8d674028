#include <gmock/gmock.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tools/polecat/runner/container.hh"
#include "tools/polecat/runner/image_mount.hh"

namespace mincs::polecat {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(MergedEnvironment, TakesTheMachinesVariablesFromTheCaller) {
    EXPECT_THAT(merged_environment({"PATH=/app", "TERM=dumb", "LANG=C"},
                                   {"TERM=xterm", "PATH=/caller", "LC_TIME=de_DE", "TOKEN=secret"}),
                UnorderedElementsAre("TERM=xterm", "LC_TIME=de_DE", "PATH=/app", "LANG=C"));
}

TEST(ChooseMountPoint, HidesNothingThatIsNeeded) {
    TempDir directory;
    const std::string a = directory.path() / "a", b = directory.path() / "b";
    make_directories(a + "/deep");
    make_directories(b);
    EXPECT_EQ(choose_mount_point({directory.path() / "none", a, b}, {}), a);
    EXPECT_EQ(choose_mount_point({a, b}, {a + "/deep"}), b);
    EXPECT_EQ(choose_mount_point({a, b}, {a}), b);
    EXPECT_EQ(choose_mount_point({a, b}, {a + "x"}), a);
    EXPECT_THROW(choose_mount_point({a}, {a}), Error);
}

TEST(MakeSpec, AppendsArgumentsAndShowsTheCallersDirectory) {
    TempDir image;
    make_directories(image.path() / "proc");
    Metadata metadata;
    metadata.name = "app";
    metadata.args = {"app", "-x"};
    metadata.cwd = "/srv";
    metadata.binds = {{"/home", "/data", true}};
    const auto spec =
        make_spec(metadata, {.args = {"a b"}, .working_directory = "/work"}, image.path());
    EXPECT_THAT(spec.process.args, ElementsAre("app", "-x", "a b"));
    EXPECT_EQ(spec.process.cwd, "/work");
    EXPECT_EQ(spec.root.path, image.path().native() + "/proc");
    ASSERT_TRUE(spec.overlay);
    EXPECT_TRUE(spec.overlay->tmpfs_upper);
    const auto bound = [&](const std::string& path) {
        return std::any_of(spec.mounts.begin(), spec.mounts.end(),
                           [&](const auto& mount) { return mount.destination == path; });
    };
    EXPECT_TRUE(bound("/work"));
    EXPECT_THAT(spec.mounts.back().options, Contains("ro"));
    EXPECT_EQ(spec.mounts.back().source, "/home");
    EXPECT_FALSE(bound("/etc/hosts"));  // not in the image
    EXPECT_EQ(make_spec(metadata, {}, image.path()).process.cwd, "/srv");
}

TEST(MakeSpec, RefusesAnImageWithoutAPlaceToBuildOn) {
    TempDir image;
    std::filesystem::create_symlink("/", image.path() / "proc");
    EXPECT_THROW(make_spec({}, {}, image.path()), Error);
}

}  // namespace
}  // namespace mincs::polecat
