#include <gmock/gmock.h>
#include <sched.h>

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
    const Caller caller = {.args = {"a b"}, .working_directory = "/work"};
    const Ground ground = {.directory = image.path()};
    const auto spec = make_spec(metadata, wishes_of(metadata, {}), caller, ground);
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
    EXPECT_EQ(make_spec(metadata, wishes_of(metadata, {}), {}, ground).process.cwd, "/srv");
    const Wishes elsewhere = wishes_of(metadata, {"POLECAT_CWD=/there"});
    EXPECT_EQ(make_spec(metadata, elsewhere, caller, ground).process.cwd, "/there");
}

TEST(MakeSpec, SuitsAUserNamespace) {
    Metadata metadata;
    metadata.args = {"app"};
    metadata.cwd = "/";
    const Ground ground = {"/memory", true, true};
    const auto spec = make_spec(metadata, wishes_of(metadata, {"POLECAT_NET=none"}), {}, ground);
    EXPECT_TRUE(spec.linux.rootless);
    EXPECT_FALSE(spec.overlay);
    EXPECT_EQ(spec.root.path, "/memory");
    EXPECT_TRUE(spec.linux.namespaces & CLONE_NEWNET);
    for (const auto& mount : spec.mounts)
        EXPECT_THAT(mount.options, testing::Not(Contains("gid=5"))) << mount.destination;
}

TEST(Wishes, AreTheBundlesUnlessTheCallerSaysOtherwise) {
    Metadata metadata;
    metadata.cwd = "/srv";
    metadata.binds = {{"/a", "/a", false}};
    metadata.x11 = true;
    const Wishes plain = wishes_of(metadata, {"PATH=/bin"});
    EXPECT_FALSE(plain.rung);
    EXPECT_TRUE(plain.shows_cwd);
    EXPECT_TRUE(plain.x11);
    const Wishes other =
        wishes_of(metadata, {"POLECAT_RUNG=3", "POLECAT_BIND=/b:/c:ro,/d", "POLECAT_HOME=1",
                             "POLECAT_NET=none", "POLECAT_X11=0", "POLECAT_WAYLAND=1"});
    EXPECT_EQ(other.rung, 3);
    ASSERT_EQ(other.binds.size(), 3u);
    EXPECT_EQ(other.binds[1], (BundleBind{"/b", "/c", true}));
    EXPECT_EQ(other.binds[2], (BundleBind{"/d", "/d", false}));
    EXPECT_TRUE(other.shows_home && other.no_network && other.wayland);
    EXPECT_FALSE(other.x11);
}

TEST(Wishes, TakesTheRungFromTheFrontOnly) {
    using Words = std::vector<std::string>;
    const auto taken = [](Words args, const Words& environment = {}) {
        const std::optional<int> rung = take_rung(args, environment);
        args.insert(args.begin(), rung ? std::to_string(*rung) : "none");
        return args;
    };
    EXPECT_EQ(taken({"--rung", "3", "--rung", "4"}), (Words{"3", "--rung", "4"}));
    EXPECT_EQ(taken({"--rung=1"}), (Words{"1"}));
    EXPECT_EQ(taken({"a", "--rung", "3"}), (Words{"none", "a", "--rung", "3"}));
    EXPECT_EQ(taken({"--rungs", "3"}), (Words{"none", "--rungs", "3"}));
    EXPECT_EQ(taken({}), (Words{"none"}));
    // Whoever has the variable means the application's.
    EXPECT_EQ(taken({"--rung", "3"}, {"POLECAT_RUNG="}), (Words{"none", "--rung", "3"}));
    for (const char* wrong : {"--rung", "--rung=", "--rung=5", "--rung=x"})
        EXPECT_THROW(taken({wrong}), UsageError) << wrong;
}

TEST(Wishes, RefusesNonsense) {
    Metadata metadata;
    for (const char* wrong :
         {"POLECAT_RUNG=0", "POLECAT_RUNG=5", "POLECAT_RUNG=x", "POLECAT_BIND=a",
          "POLECAT_BIND=/a:b", "POLECAT_BIND=/a:/b:rx", "POLECAT_BIND=/a,", "POLECAT_CWD=there",
          "POLECAT_NET=wifi", "POLECAT_HOME=yes", "POLECAT_X11=2", "POLECAT_WAYLAND=on"})
        EXPECT_THROW(wishes_of(metadata, {wrong}), UsageError) << wrong;
}

TEST(MakeSpec, RefusesAnImageWithoutAPlaceToBuildOn) {
    TempDir image;
    std::filesystem::create_symlink("/", image.path() / "proc");
    EXPECT_THROW(make_spec({}, {}, {}, {.directory = image.path()}), Error);
}

}  // namespace
}  // namespace mincs::polecat
