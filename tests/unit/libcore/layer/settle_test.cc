// Directories that a layer only implies, over what is below: what a container would see.
#include <algorithm>

#include "libcore/fs/own_attributes.hh"
#include "tests/unit/libcore/layer/settle_fixture.hh"

namespace mincs::layer {
namespace {

TEST_F(SettleTest, EntryBelowALinkOfALowerLayerGoesWhereTheLinkLeads) {
    push(usr_merged());
    push(test::TarBuilder().file("bin/new", "new"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/new"), "new");
    EXPECT_EQ(content("bin/old"), "old");
    EXPECT_FALSE(in_top("bin"));
}

TEST_F(SettleTest, DirectoryThatTheLayerNamesReplacesTheLink) {
    push(usr_merged());
    const LayerNotes notes = push(test::TarBuilder().directory("bin").file("bin/new", "new"));
    EXPECT_TRUE(notes.empty());
    EXPECT_TRUE(is_directory("bin"));
    EXPECT_EQ(content("bin/old"), "(nothing)");
    EXPECT_EQ(content("bin/new"), "new");
}

TEST_F(SettleTest, DirectoryThatIsNamedLaterIsNamed) {
    push(usr_merged());
    EXPECT_TRUE(push(test::TarBuilder().file("bin/new", "new").directory("bin")).empty());
    EXPECT_TRUE(is_directory("bin"));
}

TEST_F(SettleTest, ImpliedDirectoryKeepsWhatTheOneBelowIs) {
    test::TarBuilder lower;
    lower.add({.name = "tmp",
               .type = '5',
               .mode = 01777,
               .uid = 7,
               .gid = 8,
               .mtime = 1234,
               .pax = {{"SCHILY.xattr.user.note", "x"}}});
    push(lower);
    const LayerNotes notes = push(test::TarBuilder().file("tmp/new/file", "new"));
    EXPECT_EQ(notes.implied, 2);
    const struct stat info = status("tmp");
    EXPECT_EQ(info.st_mode & 07777u, 01777u);
    EXPECT_EQ(info.st_uid, 7u);
    EXPECT_EQ(info.st_gid, 8u);
    EXPECT_EQ(info.st_mtim.tv_sec, 1234);
    char value[8];
    EXPECT_EQ(getxattr((lower_.front() + "/tmp").c_str(), "user.note", value, sizeof value), 1);
    EXPECT_EQ(status("tmp/new").st_mode & 07777u, 0755u);
    EXPECT_EQ(content("tmp/new/file"), "new");
}

TEST_F(SettleTest, WhiteoutBelowAnImpliedDirectoryHidesBehindTheLink) {
    push(usr_merged());
    push(test::TarBuilder().file("bin/.wh.old"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/old"), "(nothing)");
}

TEST_F(SettleTest, OpaqueMarkerInAnImpliedDirectoryEmptiesBehindTheLink) {
    push(usr_merged());
    push(test::TarBuilder().file("bin/.wh..wh..opq").file("bin/new", "new"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/old"), "(nothing)");
    EXPECT_EQ(content("usr/bin/new"), "new");
}

TEST_F(SettleTest, WhiteoutOfTheLinkMakesADirectory) {
    for (const bool first : {true, false}) {
        lower_.clear();
        remove_tree(directory_of(0));
        remove_tree(directory_of(1));
        push(usr_merged());
        test::TarBuilder builder;
        if (first) builder.file(".wh.bin");
        builder.file("bin/new", "new");
        if (!first) builder.file(".wh.bin");
        push(builder);
        EXPECT_TRUE(is_directory("bin")) << first;
        EXPECT_EQ(content("usr/bin/new"), "(nothing)") << first;
        EXPECT_EQ(content("bin/new"), "new") << first;
    }
}

TEST_F(SettleTest, ChainsOfLinksAndAbsoluteOnesStayInTheRoot) {
    push(test::TarBuilder()
             .directory("a")
             .directory("a/b")
             .symlink("one", "two")
             .symlink("two", "/three/../four")
             .directory("three")
             .symlink("four", "../../../../a/b")
             .symlink("up", "../../.."));
    push(test::TarBuilder().file("one/x", "x").file("up/y", "y"));
    EXPECT_EQ(content("a/b/x"), "x");
    EXPECT_EQ(content("y"), "y");
    EXPECT_TRUE(is_link("one"));
    EXPECT_TRUE(is_link("up"));
}

TEST_F(SettleTest, DanglingLinkIsFollowedAndItsTargetMade) {
    push(test::TarBuilder().symlink("bin", "usr/bin"));
    push(test::TarBuilder().file("bin/x", "x"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/x"), "x");
    EXPECT_EQ(status("usr").st_mode & 07777u, 0755u);
}

TEST_F(SettleTest, LinkToAFileAndLinkInACircleAreReplacedByADirectory) {
    push(test::TarBuilder()
             .file("file", "f")
             .symlink("bin", "file")
             .symlink("round", "about")
             .symlink("about", "round")
             .symlink("self", "self/x"));
    push(test::TarBuilder().file("bin/x", "x").file("round/y", "y").file("self/z", "z"));
    EXPECT_TRUE(is_directory("bin"));
    EXPECT_EQ(content("bin/x"), "x");
    EXPECT_EQ(content("round/y"), "y");
    EXPECT_EQ(content("self/z"), "z");
    EXPECT_EQ(content("file"), "f");
}

TEST_F(SettleTest, FileInTheWayIsReplacedByADirectory) {
    push(test::TarBuilder().file("bin", "a file"));
    push(test::TarBuilder().file("bin/x", "x"));
    EXPECT_EQ(content("bin/x"), "x");
}

TEST_F(SettleTest, TargetThatTheLayerHasTooTakesBoth) {
    push(usr_merged());
    test::TarBuilder upper;
    upper.add({.name = "usr", .type = '5', .mtime = 77});
    upper.add({.name = "usr/bin", .type = '5', .mode = 0700, .mtime = 88});
    upper.file("usr/bin/mine", "mine").file("usr/bin/both", "true name");
    upper.file("bin/new", "new").file("bin/both", "by the link").file("bin/sub/x", "x");
    upper.file("usr/bin/sub/y", "y");
    push(upper);
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/mine"), "mine");
    EXPECT_EQ(content("usr/bin/new"), "new");
    EXPECT_EQ(content("usr/bin/old"), "old");
    EXPECT_EQ(content("usr/bin/both"), "true name");
    EXPECT_EQ(content("usr/bin/sub/x"), "x");
    EXPECT_EQ(content("usr/bin/sub/y"), "y");
    EXPECT_EQ(status("usr/bin").st_mode & 07777u, 0700u);
    EXPECT_EQ(status("usr/bin").st_mtim.tv_sec, 88);
    EXPECT_EQ(status("usr").st_mtim.tv_sec, 77);
}

TEST_F(SettleTest, LinksBehindLinksAreFollowedInTheirTurn) {
    push(test::TarBuilder()
             .directory("real")
             .directory("real/deep")
             .symlink("usr", "real")
             .symlink("bin", "usr/deep")
             .symlink("real/deep/link", "../other")
             .directory("real/other"));
    push(test::TarBuilder().file("bin/link/x", "x").file("usr/z", "z"));
    EXPECT_EQ(content("real/other/x"), "x");
    EXPECT_EQ(content("real/z"), "z");
    EXPECT_TRUE(is_link("usr"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_TRUE(is_link("real/deep/link"));
}

TEST_F(SettleTest, WhatALayerItselfHidesIsNotBelow) {
    push(usr_merged());
    push(test::TarBuilder().file("d/.wh..wh..opq").file(".wh.usr").file("bin/x", "x"));
    // usr is gone, and made again on the way through the link.
    EXPECT_EQ(content("usr/bin/x"), "x");
    EXPECT_EQ(content("usr/bin/old"), "(nothing)");
}

TEST_F(SettleTest, LinkOfTheLayerItselfIsNotWrittenThrough) {
    push(usr_merged());
    const std::string why = refusal_of(test::TarBuilder().symlink("usr", "etc").file("bin/x", "x"));
    EXPECT_NE(why.find("'usr' is a symbolic link of the same layer"), std::string::npos) << why;
}

TEST_F(SettleTest, LinkToADirectoryAroundItIsRefusedWhereItTurnsInOnItself) {
    push(test::TarBuilder().symlink("a", "."));
    push(test::TarBuilder().file("a/x", "x"));
    EXPECT_EQ(content("x"), "x");
    EXPECT_NE(refusal_of(test::TarBuilder().file("a/a/y", "y")).find("'a'"), std::string::npos);
}

TEST_F(SettleTest, DirectoryNamedBehindALinkIsNamedWhereTheLinkLeads) {
    push(usr_merged());
    push(test::TarBuilder().add({.name = "usr/bin/sub", .type = '5', .mode = 0700}));
    test::TarBuilder upper;
    upper.file("bin/x", "x");
    upper.add({.name = "bin/sub", .type = '5', .mode = 0711});
    push(upper.file("usr/bin/sub/y", "y"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/sub/y"), "y");
    EXPECT_EQ(status("usr/bin/sub").st_mode & 07777u, 0711u);
}

TEST_F(SettleTest, NotesAreBounded) {
    test::TarBuilder builder;
    for (int i = 0; i < 200; ++i) builder.hard_link(fmt::format("link-{}", i), "elsewhere");
    ApplyLimits limits;
    std::atomic<std::int64_t> room = 10'000;
    limits.notes = &room;
    const std::string why = refusal(builder.bytes(), limits);
    EXPECT_NE(why.find("too many hard links"), std::string::npos) << why;
    EXPECT_EQ(room, 10'000) << "a layer that failed takes none of it";
}

TEST_F(SettleTest, DirectoriesWithoutAnEntryTakeNoMemory) {
    push(test::TarBuilder().directory("d1"));
    test::TarBuilder builder;
    for (int i = 0; i < 200; ++i) builder.file(fmt::format("d{}/e/f", i), "x");
    ApplyLimits limits;
    std::atomic<std::int64_t> room = 1;
    limits.notes = &room;
    const auto layer = fs::RootDir::open(path(""));
    const std::string tar = builder.bytes();
    ApplyResult result = apply_layer(source_of(tar), layer, limits);
    EXPECT_EQ(result.notes.implied, 400);
    const fs::RootDir below = merged();
    settle_layer(layer, &below, result, limits);
    for (const char* name : {"d0", "d1", "d1/e", "d199/e"})
        EXPECT_EQ(lgetxattr((path("") + "/" + name).c_str(), fs::implied_mark(), nullptr, 0), -1)
            << name;
}

TEST_F(SettleTest, MarksOfOursAreRefused) {
    test::TarBuilder builder;
    builder.add({.name = "d",
                 .type = '5',
                 .pax = {{std::string("SCHILY.xattr.") + fs::implied_mark(), "x"}}});
    EXPECT_NE(refusal(builder.bytes()).find("is ours"), std::string::npos);
}

TEST_F(SettleTest, ClaimIsAskedBeforeEachNote) {
    push(test::TarBuilder().directory("a"));
    const auto layer = fs::RootDir::open(path(""));
    ApplyLimits limits;
    std::atomic<std::int64_t> room = 1 << 20;
    limits.notes = &room;
    const std::string tar = test::TarBuilder().file("a/b/c", "").bytes();
    ApplyResult result = apply_layer(source_of(tar), layer, limits);
    limits.claim = [](std::int64_t) { throw Error("interrupted"); };
    const fs::RootDir below = merged();
    EXPECT_THROW(settle_layer(layer, &below, result, limits), Error);
}

TEST_F(SettleTest, RootThatALinkMakesOpaqueIsNoted) {
    push(test::TarBuilder().symlink("up", "/").file("old", "old"));
    push(test::TarBuilder().file("up/.wh..wh..opq").file("up/x", "x"));
    EXPECT_TRUE(last_.opaque_root);
    EXPECT_TRUE(in_top("x"));
}

TEST_F(SettleTest, TooDeepBehindALinkIsRefused) {
    std::string deep = "d";
    while (std::count(deep.begin(), deep.end(), '/') < 259) deep += "/d";
    push(test::TarBuilder().file(deep + "/f", "").symlink("link", deep));
    push(test::TarBuilder().file("link/" + deep.substr(0, 240) + "/f", "x"));
    const std::string why = refusal_of(test::TarBuilder().file("link/" + deep + "/f", ""));
    EXPECT_NE(why.find("directories deep"), std::string::npos) << why;
}

TEST_F(SettleTest, OpaqueRootIsNoted) {
    EXPECT_TRUE(apply(test::TarBuilder().file(".wh..wh..opq").file("x")).opaque_root);
    EXPECT_FALSE(apply(test::TarBuilder().file("d/.wh..wh..opq").file("x")).opaque_root);
}

}  // namespace
}  // namespace mincs::layer
