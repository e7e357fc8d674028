// What a layer says is what is on disk afterwards.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {
namespace {

using test::TarBuilder;
using test::TarItem;

class LayerFidelity : public LayerTest {
 protected:
    std::string content(const std::string& name) const { return read_file(path(name)); }
};

TEST_F(LayerFidelity, CountsWhatItMade) {
    const ApplyResult result =
        apply(TarBuilder().directory("d").file("d/f", "hello").file(".wh.x").symlink("s", "d"));
    EXPECT_EQ(result.entries, 4);
    EXPECT_EQ(result.bytes, 5);
    EXPECT_EQ(content("d/f"), "hello");
}

TEST_F(LayerFidelity, OwnersAndModesWithSetuidWhateverTheUmask) {
    const mode_t before = umask(077);
    apply(TarBuilder()
              .add({.name = "suid", .content = "x", .mode = 06755, .uid = 1000, .gid = 1001})
              .add({.name = "open", .mode = 0666})
              .add({.name = "big", .uid = 4'000'000'000, .gid = 3'000'000'000})
              .add({.name = "tmp/", .type = '5', .mode = 01777})
              .add({.name = "fifo", .type = '6', .mode = 0622, .uid = 5})
              .add({.name = "implied/f"}));
    umask(before);
    EXPECT_EQ(status("suid").st_mode & 07777u, 06755u);
    EXPECT_EQ(status("suid").st_uid, 1000u);
    EXPECT_EQ(status("suid").st_gid, 1001u);
    EXPECT_EQ(status("open").st_mode & 07777u, 0666u);
    EXPECT_EQ(status("big").st_uid, 4'000'000'000u);
    EXPECT_EQ(status("big").st_gid, 3'000'000'000u);
    EXPECT_EQ(status("tmp").st_mode & 07777u, 01777u);
    EXPECT_TRUE(S_ISFIFO(status("fifo").st_mode));
    EXPECT_EQ(status("fifo").st_mode & 07777u, 0622u);
    EXPECT_EQ(status("fifo").st_uid, 5u);
    EXPECT_EQ(status("implied").st_mode & 07777u, 0755u);
}

TEST_F(LayerFidelity, TimesToTheNanosecond) {
    apply(TarBuilder()
              .add({.name = "f", .pax = {{"mtime", "1234567890.123456789"}}})
              .add({.name = "old", .pax = {{"mtime", "-1.25"}}})
              .add({.name = "s", .type = '2', .link = "x", .pax = {{"mtime", "5.000000007"}}}));
    EXPECT_EQ(status("f").st_mtim.tv_sec, 1234567890);
    EXPECT_EQ(status("f").st_mtim.tv_nsec, 123456789);
    EXPECT_EQ(status("old").st_mtim.tv_sec, -2);
    EXPECT_EQ(status("old").st_mtim.tv_nsec, 750000000);
    EXPECT_EQ(status("s").st_mtim.tv_sec, 5);
    EXPECT_EQ(status("s").st_mtim.tv_nsec, 7);
}

TEST_F(LayerFidelity, DirectoryTimesSurviveWhatIsMadeInThem) {
    apply(TarBuilder()
              .add({.name = "./", .type = '5', .mode = 0700, .uid = 7, .mtime = 1})
              .add({.name = "a/", .type = '5', .mtime = 100})
              .add({.name = "a/b/", .type = '5', .mtime = 200})
              .file("a/b/f")
              .file("a/g")
              .file("z")
              .file("a/b/late")
              .hard_link("a/h", "a/b/f")
              .hard_link("h", "a/b/late"));
    EXPECT_EQ(status("").st_mtim.tv_sec, 1);
    EXPECT_EQ(status("").st_mode & 07777u, 0700u);
    EXPECT_EQ(status("").st_uid, 7u);
    EXPECT_EQ(status("a").st_mtim.tv_sec, 100);
    EXPECT_EQ(status("a/b").st_mtim.tv_sec, 200);
}

TEST_F(LayerFidelity, DirectoryEntryAfterItsContentStillCounts) {
    apply(TarBuilder().file("d/f").add(
        {.name = "d", .type = '5', .mode = 0711, .uid = 3, .mtime = 9}));
    EXPECT_EQ(status("d").st_mtim.tv_sec, 9);
    EXPECT_EQ(status("d").st_mode & 07777u, 0711u);
    EXPECT_EQ(status("d").st_uid, 3u);
    EXPECT_TRUE(exists("d/f"));
}

TEST_F(LayerFidelity, HardLinksShareAnInode) {
    apply(TarBuilder().file("a/x", "1").hard_link("a/y", "a/x").hard_link("b/z", "./a/x"));
    EXPECT_EQ(status("a/x").st_nlink, 3u);
    EXPECT_EQ(status("a/x").st_ino, status("b/z").st_ino);
}

TEST_F(LayerFidelity, HardLinkToItselfKeepsTheFile) {
    apply(TarBuilder().file("x", "1").hard_link("x", "x"));
    EXPECT_EQ(content("x"), "1");
}

TEST_F(LayerFidelity, SparseFilesStaySparse) {
    // GNU sparse 1.0: the map is in the content's first block.
    std::string map = "1\n1048576\n5\n";
    map.resize(512, '\0');
    apply(TarBuilder().add({.name = "GNUSparseFile.0/s",
                            .content = map + "hello",
                            .pax = {{"GNU.sparse.major", "1"},
                                    {"GNU.sparse.minor", "0"},
                                    {"GNU.sparse.name", "s"},
                                    {"GNU.sparse.realsize", "4194304"}}}));
    EXPECT_EQ(status("s").st_size, 4194304);
    EXPECT_LT(status("s").st_blocks * 512, 1 << 20);
    const std::string data = read_file(path("s"), 8 << 20);
    EXPECT_EQ(data.substr(1048576, 5), "hello");
    EXPECT_EQ(data.find_first_not_of('\0'), 1048576u);
}

TEST_F(LayerFidelity, XattrsOfBothSpellings) {
    apply(
        TarBuilder()
            .add({.name = "f",
                  .pax = {{"SCHILY.xattr.user.one", std::string("a\0b", 3)},
                          {"LIBARCHIVE.xattr.user.two", "djI"}}})
            .add({.name = "d", .type = '5', .pax = {{"SCHILY.xattr.user.dir", "x"}}})
            .add(
                {.name = "s", .type = '2', .link = "f", .pax = {{"SCHILY.xattr.trusted.t", "l"}}}));
    EXPECT_EQ(xattr("f", "user.one"), std::string("a\0b", 3));
    EXPECT_EQ(xattr("f", "user.two"), "v2");
    EXPECT_EQ(xattr("f", "trusted.t"), "(none)");
    EXPECT_EQ(xattr("d", "user.dir"), "x");
    EXPECT_EQ(xattr("s", "trusted.t"), "l");
}

TEST_F(LayerFidelity, FileCapabilitiesSurviveTheOwner) {
    // struct vfs_cap_data, revision 2: cap_net_raw+ep.
    const std::string caps(
        "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
    apply(TarBuilder().add({.name = "ping",
                            .content = "x",
                            .mode = 0755,
                            .uid = 10,
                            .pax = {{"SCHILY.xattr.security.capability", caps}}}));
    EXPECT_EQ(xattr("ping", "security.capability"), caps);
    EXPECT_EQ(status("ping").st_uid, 10u);
}

TEST_F(LayerFidelity, AclsBecomeXattrs) {
    apply(
        TarBuilder().add({.name = "f",
                          .mode = 0640,
                          .pax = {{"SCHILY.acl.access",
                                   "user::rw-,user:bin:rwx:2,group::r--,mask::rwx,other::---"}}}));
    const std::string acl = xattr("f", "system.posix_acl_access");
    ASSERT_EQ(acl.size(), 4u + 5 * 8u);
    EXPECT_EQ(acl.substr(12, 8), std::string("\x02\x00\x07\x00\x02\x00\x00\x00", 8));
}

TEST_F(LayerFidelity, DefaultAclAndSetgidAreNotHandedDown) {
    const char* acl = "user::rwx,user:bin:rwx:2,group::r-x,mask::rwx,other::r-x";
    apply(TarBuilder()
              .add({.name = "d",
                    .type = '5',
                    .mode = 02755,
                    .gid = 50,
                    .pax = {{"SCHILY.acl.default", acl}}})
              .file("d/f", "x")
              .add({.name = "d/fifo", .type = '6', .mode = 0644})
              .directory("d/sub")
              .symlink("d/s", "f"));
    EXPECT_NE(xattr("d", "system.posix_acl_default"), "(none)");
    EXPECT_EQ(status("d").st_mode & 07777u, 02755u);
    EXPECT_EQ(xattr("d/f", "system.posix_acl_access"), "(none)");
    EXPECT_EQ(xattr("d/fifo", "system.posix_acl_access"), "(none)");
    EXPECT_EQ(xattr("d/sub", "system.posix_acl_default"), "(none)");
    EXPECT_EQ(status("d/f").st_gid, 0u);
    EXPECT_EQ(status("d/s").st_gid, 0u);
    EXPECT_EQ(status("d/sub").st_mode & 07777u, 0755u);
    EXPECT_EQ(status("d/f").st_mode & 07777u, 0644u);
}

TEST_F(LayerFidelity, Devices) {
    apply(
        TarBuilder()
            .add({.name = "null", .type = '3', .mode = 0666, .device_major = 1, .device_minor = 3})
            .add({.name = "disk",
                  .type = '4',
                  .mode = 0660,
                  .gid = 6,
                  .device_major = 259,
                  .device_minor = 70000}));
    EXPECT_TRUE(S_ISCHR(status("null").st_mode));
    EXPECT_EQ(status("null").st_rdev, makedev(1, 3));
    EXPECT_EQ(status("null").st_mode & 07777u, 0666u);
    EXPECT_TRUE(S_ISBLK(status("disk").st_mode));
    EXPECT_EQ(status("disk").st_rdev, makedev(259, 70000));
}

TEST_F(LayerFidelity, NamesAreBytesWhateverTheLocale) {
    const std::string raw = "raw\xff\xfe";
    const std::string decomposed = "e\u0301";  // NFC would make one character of it
    setlocale(LC_ALL, "C.UTF-8");
    apply(TarBuilder()
              .file(raw)
              .add({.name = "x", .pax = {{"path", "pax\xff\xfe"}}})
              .add({.name = "x", .pax = {{"path", decomposed}}})
              .add({.name = "", .type = '2', .pax = {{"path", "世界"}, {"linkpath", "目\xff"}}})
              .add({.name = "x", .pax = {{"hdrcharset", "BINARY"}, {"path", "bin\xff"}}})
              .file("new\nline"));
    setlocale(LC_ALL, "C");
    for (const std::string& name : {raw, std::string("pax\xff\xfe"), decomposed,
                                    std::string("bin\xff"), std::string("new\nline")})
        EXPECT_TRUE(exists(name)) << printable(name);
    EXPECT_EQ(std::filesystem::read_symlink(path("世界")).native(), "目\xff");
}

TEST_F(LayerFidelity, FirstLinkTargetOnlyInThePaxHeader) {
    apply(TarBuilder().add({.name = "s", .type = '2', .pax = {{"linkpath", "target"}}}));
    EXPECT_EQ(std::filesystem::read_symlink(path("s")).native(), "target");
}

TEST_F(LayerFidelity, LongNamesAndTargets) {
    const std::string name = std::string(200, 'a') + "/" + std::string(200, 'b');
    apply(TarBuilder().file(name, "x").symlink("s", name).hard_link("h", name));
    EXPECT_EQ(status(name).st_nlink, 2u);
    EXPECT_EQ(std::filesystem::read_symlink(path("s")).native(), name);
}

TEST_F(LayerFidelity, LaterEntryReplacesEarlier) {
    apply(TarBuilder()
              .add({.name = "f",
                    .content = "long old content",
                    .mode = 04755,
                    .pax = {{"SCHILY.xattr.user.old", "1"}}})
              .file("f", "new")
              .directory("d1")
              .file("d1/in", "x")
              .file("d1", "file now")
              .file("f2", "x")
              .directory("f2")
              .file("f2/in", "y")
              .directory("merge")
              .file("merge/kept", "k")
              .directory("merge", 0700)
              .file("same", "a")
              .hard_link("linked", "same")
              .file("linked", "b"));
    EXPECT_EQ(content("f"), "new");
    EXPECT_EQ(status("f").st_mode & 07777u, 0644u);
    EXPECT_EQ(xattr("f", "user.old"), "(none)");
    EXPECT_EQ(content("d1"), "file now");
    EXPECT_EQ(content("f2/in"), "y");
    EXPECT_EQ(content("merge/kept"), "k");
    EXPECT_EQ(status("merge").st_mode & 07777u, 0700u);
    EXPECT_EQ(content("same"), "a");
    EXPECT_EQ(content("linked"), "b");
}

TEST_F(LayerFidelity, DotSlashAndSlashesMeanNothing) {
    apply(TarBuilder().add({.name = "/", .type = '5', .mode = 0750}).file("././a//b/./c", "x"));
    EXPECT_TRUE(exists("a/b/c"));
    EXPECT_EQ(status("").st_mode & 07777u, 0750u);
}

TEST_F(LayerFidelity, ReadsTheSourcePastTheEndMarker) {
    const std::string tar = TarBuilder().file("f").bytes() + std::string(20000, '\0');
    std::size_t given = 0;
    const TarSource counting = [&, inner = source_of(tar, 700)]() mutable {
        const std::string_view piece = inner();
        given += piece.size();
        return piece;
    };
    apply_layer(counting, fs::RootDir::open(path("")));
    EXPECT_EQ(given, tar.size());
}

TEST_F(LayerFidelity, TinyPiecesGiveTheSame) {
    const std::string tar = TarBuilder().file("a", std::string(5000, 'q')).file("b", "x").bytes();
    apply_layer(source_of(tar, 1), fs::RootDir::open(path("")));
    EXPECT_EQ(content("a"), std::string(5000, 'q'));
}

TEST_F(LayerFidelity, RootThatNoEntryNamesIsAnImpliedDirectory) {
    ASSERT_EQ(chmod(path("").c_str(), 0700), 0);
    apply(TarBuilder().file("f"));
    EXPECT_EQ(status("").st_mode & 07777u, 0755u);
    EXPECT_EQ(status("").st_mtim.tv_sec, 0);
}

TEST_F(LayerFidelity, EmptyLayer) {
    EXPECT_EQ(apply(TarBuilder()).entries, 0);
    EXPECT_EQ(apply(std::string()).entries, 0);
}

}  // namespace
}  // namespace mincs::layer
