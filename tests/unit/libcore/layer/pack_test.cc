// write_layer_tar: the same tree gives the same bytes, and apply_layer gives the same tree.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "libcore/layer/tar_writer.hh"
#include "libcore/layer/whiteouts.hh"
#include "tests/unit/libcore/layer/layer_fixture.hh"
#include "tests/unit/libcore/layer/tree_listing.hh"

namespace mincs::layer {
namespace {

using test::TarBuilder;
using testing::HasSubstr;

class LayerPack : public LayerTest {
 protected:
    std::string pack(const std::string& directory, const PackOptions& options = {}) {
        std::string tar;
        last_ = write_layer_tar(
            fs::RootDir::open(temp_.path() / directory),
            [&](std::string_view bytes) { tar += bytes; }, options);
        return tar;
    }
    /// Unpacks into the new directory `name`.
    void unpack(const std::string& tar, const std::string& name) const {
        ASSERT_EQ(mkdir((temp_.path() / name).c_str(), 0755), 0);
        apply_layer(source_of(tar), fs::RootDir::open(temp_.path() / name));
    }
    std::string listing(const std::string& name) const { return list_tree(temp_.path() / name); }

    /// A tree with one of everything.
    static TarBuilder everything() {
        const std::string caps(
            "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
        return TarBuilder()
            .add({.name = "./", .type = '5', .mode = 0751, .mtime = 77})
            .add({.name = "suid", .content = "abc", .mode = 06755, .uid = 1000, .gid = 2000})
            .add({.name = "nano", .pax = {{"mtime", "1234567890.000000001"}}})
            .add({.name = "old", .pax = {{"mtime", "-7.75"}}})
            .add({.name = "far", .pax = {{"mtime", "9999999999"}}})
            .add({.name = "owner", .uid = 3'000'000'000, .gid = 3'000'000'001})
            .add({.name = "caps",
                  .content = "x",
                  .pax = {{"SCHILY.xattr.security.capability", caps},
                          {"SCHILY.xattr.user.a=b", "odd=\n"}}})
            .add({.name = "null", .type = '3', .device_major = 1, .device_minor = 3})
            .add({.name = "disk", .type = '4', .device_major = 259, .device_minor = 70000})
            .add({.name = "fifo", .type = '6'})
            .file("dir/sub/file", std::string(100'000, 'f'))
            .hard_link("dir/hard", "dir/sub/file")
            .symlink("soft", "dir/sub/file")
            .symlink("dangling", "\xff/世界")
            .hard_link("soft2", "soft")
            .file("raw\xff\xfe", "r")
            .file("e\u0301", "d")
            .file("世界/" + std::string(250, 'l') + "/" + std::string(250, 'm'), "long")
            .file("dir/.wh.gone")
            .directory("opaque")
            .file("opaque/.wh..wh..opq")
            .file("opaque/kept", "k");
    }

    PackResult last_;
};

TEST_F(LayerPack, OnlyWhatHasChangedAndWhiteoutsForWhatIsGone) {
    unpack(TarBuilder().file("a/b/c").file("a/b/d").file("a-b").file("e").bytes(), "tree");
    const std::map<std::string, bool> changes = {
        {"a", false}, {"a/b", false}, {"a/b/c", false}, {"a/gone", true}, {"f", true}};
    unpack(pack("tree", {.is_merged = true, .changes = &changes}), "changed");
    const std::string root = temp_.path() / "changed";
    for (const char* name : {"/a/b/c", "/a/gone", "/f"})
        EXPECT_EQ(access((root + name).c_str(), F_OK), 0) << name;
    for (const char* name : {"/a/b/d", "/a-b", "/e"})
        EXPECT_NE(access((root + name).c_str(), F_OK), 0) << name;
    struct stat status;
    ASSERT_EQ(lstat((root + "/a/gone").c_str(), &status), 0);
    EXPECT_TRUE(layer::is_whiteout(status));
    EXPECT_EQ(last_.entries, 6);
}

TEST_F(LayerPack, RoundTripGivesTheSameTreeAndTheSameDigest) {
    unpack(everything().bytes(), "a");
    const std::string tar = pack("a");
    const Digest digest = last_.diff_id;
    EXPECT_EQ(digest, Digest::of(tar));
    EXPECT_EQ(last_.tar_bytes, static_cast<std::int64_t>(tar.size()));
    unpack(tar, "b");
    EXPECT_EQ(listing("a"), listing("b"));
    EXPECT_TRUE(pack("b") == tar);
    EXPECT_EQ(last_.diff_id, digest);
}

timespec time_of_first_entry(std::string_view tar) {
    const TarSource source = source_of(tar);
    TarReader reader(source, 1 << 20);
    TarEntry entry;
    EXPECT_TRUE(reader.next(entry));
    return entry.modified;
}

TEST(TarTimes, WhatIsReadIsReadBackWhenWritten) {
    for (const char* text : {"-9223372036854775808", "-9223372036854775808.5",
                             "-9223372036854775807.5", "-1.5", "0", "9223372036854775807.25"}) {
        TarEntry entry;
        entry.path = "a";
        entry.modified =
            time_of_first_entry(TarBuilder().add({.name = "a", .pax = {{"mtime", text}}}).bytes());
        std::string written;
        const TarSink sink = [&](std::string_view bytes) { written += bytes; };
        TarWriter writer(sink);
        writer.begin(entry);
        writer.finish();
        const timespec again = time_of_first_entry(written);
        EXPECT_EQ(again.tv_sec, entry.modified.tv_sec) << text;
        EXPECT_EQ(again.tv_nsec, entry.modified.tv_nsec) << text;
    }
}

TEST_F(LayerPack, OrderOfCreationDoesNotMatter) {
    unpack(TarBuilder().add({.name = "./", .type = '5'}).file("a").file("b").file("c/d").bytes(),
           "a");
    unpack(TarBuilder().file("c/d").file("b").file("a").add({.name = "./", .type = '5'}).bytes(),
           "b");
    EXPECT_TRUE(pack("a") == pack("b"));
}

TEST_F(LayerPack, WhiteoutsBecomeMarksAgain) {
    unpack(everything().bytes(), "a");
    const std::string tar = pack("a");
    EXPECT_THAT(tar, HasSubstr("dir/.wh.gone"));
    EXPECT_THAT(tar, HasSubstr("opaque/.wh..wh..opq"));
    EXPECT_THAT(tar, testing::Not(HasSubstr("trusted.overlay")));
}

TEST_F(LayerPack, GnuTarReadsIt) {
    unpack(everything().bytes(), "a");
    write_file_atomic(temp_.path() / "p.tar", pack("a"));
    const std::string in_temp = "cd " + temp_.path().native() + " && ";
    ASSERT_EQ(std::system((in_temp + "mkdir gnu && tar -xpf p.tar --xattrs '--xattrs-include=*' "
                                     "--warning=no-unknown-keyword -C gnu")
                              .c_str()),
              0);
    // Back to what tar made of the marks.
    const std::string opaque = temp_.path() / "a/opaque";
    ASSERT_EQ(removexattr(opaque.c_str(), "trusted.overlay.opaque"), 0);
    ASSERT_EQ(std::system((in_temp + "rm gnu/dir/.wh.gone gnu/opaque/.wh..wh..opq a/dir/gone && "
                                     ""
                                     "touch -d @5 a/dir gnu/dir a/opaque gnu/opaque")
                              .c_str()),
              0);
    EXPECT_EQ(listing("a"), listing("gnu"));
}

TEST_F(LayerPack, OnlyNamesThatAreNoUtf8AreMarked) {
    apply(TarBuilder().file("plain").file("e\u0301").file("世界/x").symlink("to", "世界"));
    EXPECT_THAT(pack("layer"), testing::Not(HasSubstr("hdrcharset")));
    apply(TarBuilder().file("raw\xff").symlink("to-raw", "\xfe"));
    const std::string tar = pack("layer");
    EXPECT_THAT(tar, HasSubstr("hdrcharset=BINARY"));
    EXPECT_THAT(tar, HasSubstr("path=raw\xff\n"));
    EXPECT_THAT(tar, HasSubstr("linkpath=\xfe\n"));
}

TEST_F(LayerPack, SparseFilesStaySparse) {
    const std::string in_layer = "cd " + path("") + " && ";
    ASSERT_EQ(std::system((in_layer +
                           "truncate -s 40M all-hole tail; printf x > head; "
                           "printf data | dd of=tail bs=1 seek=20000000 conv=notrunc status=none; "
                           "printf start | dd of=tail bs=1 conv=notrunc status=none; "
                           "truncate -s 10M head")
                              .c_str()),
              0);
    const std::string tar = pack("layer");
    EXPECT_LT(tar.size(), 1u << 20);
    unpack(tar, "b");
    EXPECT_EQ(listing("layer"), listing("b"));
    struct stat made;
    ASSERT_EQ(lstat((temp_.path() / "b/tail").c_str(), &made), 0);
    EXPECT_LT(made.st_blocks * 512, 1 << 20);
    EXPECT_TRUE(pack("b") == tar);
}

TEST_F(LayerPack, ExcludesWhatItIsTold) {
    apply(TarBuilder().file("proc/1/stat").file("keep/f").file("var/lib/mincs/db").file("proc2"));
    PackOptions options;
    options.exclude = {"proc/*", "var/lib/mincs"};
    unpack(pack("layer", options), "b");
    EXPECT_TRUE(std::filesystem::is_empty(temp_.path() / "b/proc"));
    EXPECT_TRUE(std::filesystem::exists(temp_.path() / "b/keep/f"));
    EXPECT_TRUE(std::filesystem::exists(temp_.path() / "b/proc2"));
    EXPECT_TRUE(std::filesystem::exists(temp_.path() / "b/var/lib"));
    EXPECT_FALSE(std::filesystem::exists(temp_.path() / "b/var/lib/mincs"));
}

TEST_F(LayerPack, NothingIsYoungerThanTold) {
    unpack(everything().bytes(), "a");
    PackOptions options;
    options.latest = 1'000'000'000;
    unpack(pack("a", options), "b");
    struct stat made;
    ASSERT_EQ(lstat((temp_.path() / "b/nano").c_str(), &made), 0);
    EXPECT_EQ(made.st_mtim.tv_sec, 1'000'000'000);
    EXPECT_EQ(made.st_mtim.tv_nsec, 0);
    ASSERT_EQ(lstat((temp_.path() / "b/old").c_str(), &made), 0);
    EXPECT_EQ(made.st_mtim.tv_sec, -8);
}

/// Changes its tree while it is packed: when the first bytes come, the packer is inside "a".
class LivePack : public LayerPack {
 protected:
    void SetUp() override {
        LayerPack::SetUp();
        apply(TarBuilder()
                  .file("a", std::string(4u << 20, 'a'))
                  .file("b")
                  .file("c/d")
                  .file("e", "here")
                  .hard_link("f", "e"));
    }
    std::string pack_while_changing(bool live) {
        PackOptions options;
        options.live = live;
        std::string tar;
        const auto sink = [&](std::string_view bytes) {
            if (tar.empty()) change();
            tar += bytes;
        };
        last_ = write_layer_tar(fs::RootDir::open(path("")), sink, options);
        return tar;
    }
    void change() const {
        std::filesystem::resize_file(path("a"), 2u << 20);
        std::filesystem::remove(path("b"));
        std::filesystem::remove_all(path("c"));
        std::filesystem::rename(path("e"), path("g"));
        write_file_atomic(path("e"), "there");
    }
};

TEST_F(LivePack, WhatVanishesIsLeftOutAndWhatShrinksIsFilledUp) {
    unpack(pack_while_changing(true), "b");
    EXPECT_EQ(last_.changed, 3);
    const std::filesystem::path made = temp_.path() / "b";
    EXPECT_EQ(read_file(made / "a"), std::string(2u << 20, 'a') + std::string(2u << 20, '\0'));
    EXPECT_EQ(std::system(("cd " + made.native() + " && test $(ls | tr -d '\n') = aef").c_str()),
              0);
    EXPECT_EQ(read_file(made / "e"), "there");
    EXPECT_EQ(read_file(made / "f"), "here");
}

TEST_F(LivePack, OtherTreesMustNotChange) {
    EXPECT_THROW(pack_while_changing(false), Error);
}

TEST_F(LayerPack, SocketsAreLeftOut) {
    apply(TarBuilder().file("f"));
    const Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path("sock").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    pack("layer");
    EXPECT_EQ(last_.entries, 2);
}

TEST_F(LayerPack, LinksAreNotFollowed) {
    apply(TarBuilder().symlink("out", "../outside").symlink("up", ".."));
    EXPECT_THAT(pack("layer"), testing::Not(HasSubstr("canary")));
}

TEST_F(LayerPack, NameThatWouldBeAWhiteoutIsRefused) {
    write_file_atomic(path(".wh.trap"), "x");
    EXPECT_THROW(pack("layer"), Error);
}

TEST_F(LayerPack, OverlayRedirectIsRefused) {
    apply(TarBuilder().directory("d"));
    ASSERT_EQ(setxattr(path("d").c_str(), "trusted.overlay.redirect", "x", 1, 0), 0);
    EXPECT_THROW(pack("layer"), Error);
}

TEST_F(LayerPack, SinksErrorComesThrough) {
    apply(TarBuilder().file("f", std::string(5'000'000, 'x')));
    EXPECT_THROW(write_layer_tar(fs::RootDir::open(path("")),
                                 [](std::string_view) { throw SysError(ENOSPC, "sink"); }),
                 SysError);
}

}  // namespace
}  // namespace mincs::layer
