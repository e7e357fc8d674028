// Hard links to files of layers below, which are copied up: into the right place, as they are, and
// within bounds.
#include "libcore/fs/landlock.hh"
#include "tests/unit/libcore/layer/settle_fixture.hh"

namespace mincs::layer {
namespace {

using SettleHardLinkTest = SettleTest;

TEST_F(SettleHardLinkTest, HardLinkToAFileBelowIsCopiedUp) {
    test::TarBuilder lower;
    lower.add({.name = "etc", .type = '5', .mode = 0711, .mtime = 99});
    lower.add({.name = "etc/passwd",
               .content = "root",
               .mode = 04640,
               .uid = 3,
               .gid = 4,
               .mtime = 4321,
               .pax = {{"SCHILY.xattr.user.note", "x"}}});
    push(lower);
    const LayerNotes notes =
        push(test::TarBuilder().hard_link("copy", "etc/passwd").hard_link("second", "etc/passwd"));
    EXPECT_EQ(notes.hard_links.size(), 2u);
    EXPECT_EQ(content("copy"), "root");
    const struct stat copy = status("copy");
    const struct stat original = status("etc/passwd");
    EXPECT_EQ(copy.st_ino, original.st_ino);
    EXPECT_EQ(copy.st_nlink, 3u);
    EXPECT_EQ(copy.st_mode & 07777u, 04640u);
    EXPECT_EQ(copy.st_uid, 3u);
    EXPECT_EQ(copy.st_mtim.tv_sec, 4321);
    char value[8];
    EXPECT_EQ(getxattr((lower_.front() + "/copy").c_str(), "user.note", value, sizeof value), 1);
    EXPECT_EQ(status("etc").st_mode & 07777u, 0711u);
    EXPECT_EQ(status("etc").st_mtim.tv_sec, 99);
}

TEST_F(SettleHardLinkTest, HardLinkGoesThroughLinksOfLowerLayers) {
    push(usr_merged());
    push(test::TarBuilder().hard_link("bin/again", "bin/old"));
    EXPECT_TRUE(is_link("bin"));
    EXPECT_EQ(content("usr/bin/again"), "old");
    EXPECT_EQ(status("usr/bin/again").st_ino, status("usr/bin/old").st_ino);
}

TEST_F(SettleHardLinkTest, HardLinkToALinkLinksTheLink) {
    push(usr_merged());
    push(test::TarBuilder().hard_link("sbin", "bin"));
    EXPECT_TRUE(is_link("sbin"));
    EXPECT_EQ(status("sbin").st_nlink, 2u);
}

TEST_F(SettleHardLinkTest, FileThatTookTheTargetsPlaceIsNotTheTarget) {
    push(test::TarBuilder().file("a", "below"));
    push(test::TarBuilder().hard_link("b", "a").hard_link("c", "a").file("a", "above"));
    EXPECT_EQ(content("a"), "above");
    EXPECT_EQ(content("b"), "below");
    EXPECT_EQ(status("b").st_ino, status("c").st_ino);
}

TEST_F(SettleHardLinkTest, LaterEntryTakesAHardLinksPlace) {
    push(test::TarBuilder().file("a", "below"));
    push(test::TarBuilder().file("b", "first").hard_link("b", "a").file("b", "last"));
    EXPECT_EQ(content("b"), "last");
    push(test::TarBuilder().hard_link("a", "a"));
    EXPECT_EQ(content("a"), "below");
}

TEST_F(SettleHardLinkTest, HardLinkToALinkToAFileBelow) {
    push(test::TarBuilder().file("a", "below").file("b", "replaced"));
    push(test::TarBuilder().hard_link("b", "a").hard_link("c", "b"));
    EXPECT_EQ(content("c"), "below");
    EXPECT_EQ(status("c").st_ino, status("a").st_ino);
    EXPECT_EQ(status("a").st_nlink, 3u);
}

TEST_F(SettleHardLinkTest, HardLinkToAFileOfTheLayerByTheNameOfALink) {
    push(usr_merged());
    test::TarBuilder upper;
    upper.directory("usr").directory("usr/bin").file("usr/bin/old", "new");
    push(upper.hard_link("again", "bin/old"));
    EXPECT_EQ(content("again"), "new");
    EXPECT_EQ(status("again").st_ino, status("usr/bin/old").st_ino);
}

TEST_F(SettleHardLinkTest, EntryWinsOverAWhiteoutOfItsNameAlsoAsAHardLink) {
    for (const bool first : {true, false}) {
        lower_.clear();
        remove_tree(directory_of(0));
        remove_tree(directory_of(1));
        push(test::TarBuilder().file("a", "a").file("b", "b"));
        test::TarBuilder builder;
        if (first) builder.file(".wh.b");
        builder.hard_link("b", "a");
        if (!first) builder.file(".wh.b");
        push(builder);
        EXPECT_EQ(content("b"), "a") << first;
    }
}

TEST_F(SettleHardLinkTest, HardLinkToNothingIsRefused) {
    push(test::TarBuilder().file("a", "below").directory("d"));
    for (const char* target : {"nothing", "d", "a/b", "no/thing"}) {
        const std::string why = refusal_of(test::TarBuilder().hard_link("b", target));
        EXPECT_NE(why.find(fmt::format("'{}'", target)), std::string::npos) << why;
        remove_tree(directory_of(1));
    }
    const std::string why = refusal_of(test::TarBuilder().file(".wh.a").hard_link("b", "a"));
    EXPECT_NE(why.find("'a'"), std::string::npos) << why;
}

TEST_F(SettleHardLinkTest, HardLinkInThePlaceOfItsTargetsDirectoryIsRefused) {
    push(test::TarBuilder().directory("b").file("b/c", "below"));
    const std::string why = refusal_of(test::TarBuilder().hard_link("b", "b/c"));
    EXPECT_NE(why.find("'b/c' is in a directory of its name"), std::string::npos) << why;
}

TEST_F(SettleHardLinkTest, HardLinkOutsideOfTheRootIsInsideOfIt) {
    push(test::TarBuilder().symlink("out", temp_.path()).file("a", "below"));
    const std::string why = refusal_of(test::TarBuilder().hard_link("b", "out/outside"));
    EXPECT_NE(why.find("out/outside"), std::string::npos) << why;
}

TEST_F(SettleHardLinkTest, HolesOfACopiedFileStayHoles) {
    push(test::TarBuilder().file("seed"));
    const std::string sparse = lower_.front() + "/sparse";
    const Fd fd(open(sparse.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    ASSERT_EQ(pwrite(fd.get(), "x", 1, 50'000'000), 1);
    push(test::TarBuilder().hard_link("b", "sparse"));
    const struct stat info = status("b");
    EXPECT_EQ(info.st_size, 50'000'001);
    EXPECT_LT(info.st_blocks, 1000);
}

TEST_F(SettleHardLinkTest, BytesOfCopiedFilesAreClaimed) {
    push(test::TarBuilder().file("a", std::string(1000, 'x')));
    ApplyLimits limits;
    std::atomic<std::int64_t> room = 1 << 20;
    limits.notes = &room;
    const auto layer = fs::RootDir::open(path(""));
    const std::string tar = test::TarBuilder().hard_link("b", "a").bytes();
    ApplyResult result = apply_layer(source_of(tar), layer, limits);
    const fs::RootDir below = merged();
    std::int64_t claimed = 0;
    limits.claim = [&](std::int64_t bytes) { claimed += bytes; };
    settle_layer(layer, &below, result, limits);
    EXPECT_EQ(claimed, 1000);
    EXPECT_EQ(result.bytes, 1000);
    EXPECT_TRUE(result.notes.empty());
}

TEST_F(SettleHardLinkTest, CopiedFilesCountAgainstTheLimit) {
    push(test::TarBuilder().file("a", std::string(1000, 'x')).file("b", std::string(1000, 'x')));
    const auto layer = fs::RootDir::open(path(""));
    ApplyLimits limits;
    std::atomic<std::int64_t> room = 1 << 20;
    limits.notes = &room;
    limits.bytes = 2500;
    const std::string tar = test::TarBuilder()
                                .file("own", std::string(1000, 'x'))
                                .hard_link("c", "a")
                                .hard_link("d", "b")
                                .bytes();
    ApplyResult result = apply_layer(source_of(tar), layer, limits);
    const fs::RootDir below = merged();
    EXPECT_THROW(settle_layer(layer, &below, result, limits), Error);
}

TEST_F(SettleHardLinkTest, AThreadThatSettlesReachesNothingElse) {
    if (fs::landlock_abi() < 2) GTEST_SKIP() << "this kernel has no Landlock";
    push(test::TarBuilder().file("a", "below"));
    const auto layer = fs::RootDir::open(path(""));
    ApplyLimits limits;
    std::atomic<std::int64_t> room = 1 << 20;
    limits.notes = &room;
    const std::string tar = test::TarBuilder().hard_link("b", "a").bytes();
    ApplyResult result = apply_layer(source_of(tar), layer, limits);
    const fs::RootDir below = merged();
    const auto code_of = [](const std::string& name, int flags) {
        const Fd fd(open(name.c_str(), flags | O_CLOEXEC, 0644));
        return fd ? 0 : errno;
    };
    int attempts = 0;
    limits.claim = [&](std::int64_t) {
        ++attempts;
        EXPECT_EQ(code_of("/etc/passwd", O_RDONLY), EACCES);
        EXPECT_EQ(code_of(outside() + ".new", O_WRONLY | O_CREAT), EACCES);
        EXPECT_EQ(code_of(lower_.front() + "/a", O_WRONLY), EACCES);
        EXPECT_EQ(code_of(path("mine"), O_WRONLY | O_CREAT), 0);
    };
    settle_layer(layer, &below, result, limits);
    EXPECT_EQ(attempts, 1);
    EXPECT_EQ(read_file(path("b")), "below");
}

}  // namespace
}  // namespace mincs::layer
