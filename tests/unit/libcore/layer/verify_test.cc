// A layer's directory is compared with its tar: no word about a healthy one, however odd, and each
// kind of damage is named. The same goes for two directories of one layer.
#include <gmock/gmock.h>
#include <array>
#include <fstream>
#include <functional>

#include "libcore/layer/verify.hh"
#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {
namespace {

using test::TarBuilder;
using test::TarItem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> lines(const std::vector<Difference>& differences) {
    std::vector<std::string> text;
    for (const Difference& difference : differences)
        text.push_back(difference.path + ": " + difference.what);
    return text;
}

class VerifiedLayer : public LayerTest {
 protected:
    void make(const TarBuilder& builder) {
        tar_ = builder.bytes();
        apply(tar_);
    }
    LayerReport report() const {
        const std::string blob = test::gzip(tar_);
        return verify_layer(source_of(blob), Digest::of(tar_), fs::RootDir::open(path("")));
    }
    std::vector<std::string> found() const { return lines(report().differences); }

    std::string tar_;
};

TarBuilder everything() {
    return TarBuilder()
        .add({.name = "./", .type = '5', .mode = 0711, .uid = 3})
        .directory("bin")
        .add({.name = "bin/su", .content = "setuid", .mode = 04755, .uid = 1, .gid = 2})
        .file("bin/big", std::string(300'000, 'b'))
        .file("bin/empty")
        .symlink("bin/sh", "su")
        .hard_link("bin/login", "bin/su")
        .hard_link("bin/ash", "bin/sh")
        .file("implied/below/f", "x")
        .add({.name = "null", .type = '3', .device_major = 1, .device_minor = 3})
        .add({.name = "fifo", .type = '6'})
        .file("gone/.wh.a")
        .directory("opaque")
        .file("opaque/.wh..wh..opq")
        .file(".wh..wh.plnk/1.2", "aufs")
        .file("odd \xff\n\x1b", "x")
        .add({.name = "x", .content = "x", .pax = {{"SCHILY.xattr.user.note", "hello"}}})
        .add({.name = "t",
              .pax = {{"mtime", "1600000000.123456789"}, {"SCHILY.xattr.user.empty", ""}}});
}

TEST_F(VerifiedLayer, OpaqueRootIsToldAsUnpackingDoes) {
    make(TarBuilder().file(".wh..wh..opq").file("x"));
    EXPECT_THAT(found(), IsEmpty());
    EXPECT_TRUE(report().counted.opaque_root);
    make(TarBuilder().file("d/.wh..wh..opq"));
    EXPECT_FALSE(report().counted.opaque_root);
}

TEST_F(VerifiedLayer, HealthyLayerHasNoDifferences) {
    make(everything());
    EXPECT_THAT(found(), IsEmpty());
    EXPECT_EQ(report().counted.entries, 18);
}

TEST_F(VerifiedLayer, LaterEntriesAreFollowedAsTheUnpackerDoes) {
    make(TarBuilder()
             .file("f", "old")
             .file("f", "newer")
             .directory("d", 0700)
             .file("d/kept", "kept")
             .add({.name = "d", .type = '5', .mtime = 5})
             .directory("becomes-file")
             .file("becomes-file/x", "x")
             .file("becomes-file", "file")
             .file("becomes-dir", "x")
             .directory("becomes-dir")
             .symlink("becomes-real", "d")
             .directory("becomes-real")
             .file("becomes-real/f", "x")
             .file("a/late/f", "x")
             .directory("a", 0750)
             .add({.name = "attributes", .type = '5', .pax = {{"SCHILY.xattr.user.one", "1"}}})
             .add({.name = "attributes", .type = '5', .pax = {{"SCHILY.xattr.user.two", "2"}}})
             .hard_link("f", "f"));
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(VerifiedLayer, WhiteoutsAreFollowedAsTheUnpackerDoes) {
    make(TarBuilder()
             .file(".wh.replaced")
             .file("replaced", "x")
             .file(".wh.dir-after")
             .directory("dir-after")
             .file(".wh.implied-after")
             .file("implied-after/f", "x")
             .directory("dir-before")
             .file(".wh.dir-before")
             .file("file-before", "x")
             .file(".wh.file-before")
             .add({.name = ".wh.twice", .mtime = 1})
             .add({.name = ".wh.twice", .mtime = 2}));
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(VerifiedLayer, AccessListsAreComparedAsTheKernelKeepsThem) {
    make(TarBuilder()
             .add({.name = "named",
                   .mode = 0640,
                   .pax = {{"SCHILY.acl.access",
                            "user::rw-,user:bob:rw-:1000,group::r--,mask::rwx,other::---"}}})
             .add({.name = "plain",
                   .mode = 0600,
                   .pax = {{"SCHILY.acl.access", "user::rwx,group::r-x,other::r--"}}})
             .add({.name = "dir",
                   .type = '5',
                   .mode = 0755,
                   .pax = {{"SCHILY.acl.default",
                            "user::rwx,user:bob:rwx:1000,group::r-x,mask::rwx,other::r-x"}}})
             .file("dir/f", "x"));
    EXPECT_EQ(status("named").st_mode & 0777u, 0670u) << "the mask is the group's bits";
    EXPECT_EQ(status("plain").st_mode & 0777u, 0754u);
    EXPECT_THAT(found(), IsEmpty());
    ASSERT_EQ(chmod(path("named").c_str(), 0600), 0);
    EXPECT_THAT(found(), ElementsAre(HasSubstr("named: mode is 0600 instead of 0670")));
}

TEST_F(VerifiedLayer, SparseFilesAndLongPathsAreNoDifference) {
    std::string wide;
    for (int i = 0; i < 100; ++i) wide += std::string(200, 'w') + "/";
    const TarItem sparse{.name = "sparse",
                         .content = "1\n4096\n5\n" + std::string(503, '\0') + "hello",
                         .pax = {{"GNU.sparse.major", "1"},
                                 {"GNU.sparse.minor", "0"},
                                 {"GNU.sparse.name", "sparse"},
                                 {"GNU.sparse.realsize", "8388608"}}};
    make(TarBuilder().file(wide + "f", "deep").add(sparse));
    ASSERT_EQ(status("sparse").st_size, 8388608);
    EXPECT_THAT(found(), IsEmpty());
    // A hole is compared as the zeros it is read as.
    std::fstream(path("sparse"), std::ios::in | std::ios::out).seekp(5'000'000).put('!');
    EXPECT_THAT(found(), ElementsAre(HasSubstr("sparse: ")));
}

TEST_F(VerifiedLayer, LabelsOfThisMachineAreNoDifference) {
    make(TarBuilder().file("f", "x"));
    if (lsetxattr(path("f").c_str(), "security.selinux", "label", 5, 0) != 0)
        GTEST_SKIP() << "no security.* here";
    EXPECT_THAT(found(), IsEmpty());
}

/// Bits that rot do not touch the times: neither the file's nor its directory's.
class KeepingTimes {
 public:
    explicit KeepingTimes(std::vector<std::string> paths) : paths_(std::move(paths)) {
        for (const std::string& path : paths_) {
            struct stat status = {};
            lstat(path.c_str(), &status);
            times_.push_back({status.st_atim, status.st_mtim});
        }
    }
    ~KeepingTimes() {
        for (std::size_t i = 0; i < paths_.size(); ++i)
            utimensat(AT_FDCWD, paths_[i].c_str(), times_[i].data(), AT_SYMLINK_NOFOLLOW);
    }

 private:
    std::vector<std::string> paths_;
    std::vector<std::array<timespec, 2>> times_;
};

void put_byte(const std::string& file, int offset, char byte) {
    const KeepingTimes times({file});
    std::fstream stream(file, std::ios::in | std::ios::out);
    stream.seekp(offset).put(byte);
}

/// The names below the layer's root; run in it.
struct Damage {
    std::function<void()> inflict;
    std::vector<std::string> said;
};

std::vector<Damage> damages() {
    const auto make_file = [](const char* name, const char* content) {
        std::ofstream(name) << content;
    };
    return {
        {[] { put_byte("bin/big", 299'999, '!'); }, {"bin/big: content differs"}},
        {[] { put_byte("bin/big", 0, '!'); }, {"bin/big: content differs"}},
        {[] {
             const KeepingTimes times({"bin/su"});
             ASSERT_EQ(truncate("bin/su", 5), 0);
         },
         {"bin/login: has 5 bytes instead of 6"}},
        {[] { ASSERT_EQ(chmod("bin/su", 0755), 0); }, {"bin/login: mode is 0755 instead of 4755"}},
        {[] { ASSERT_EQ(chmod("bin", 0700), 0); }, {"bin: mode is 0700 instead of 0755"}},
        {[] { ASSERT_EQ(lchown("bin/empty", 0, 7), 0); },
         {"bin/empty: owner is 0:7 instead of 0:0"}},
        {[] { ASSERT_EQ(lchown("fifo", 7, 0), 0); }, {"fifo: owner is 7:0 instead of 0:0"}},
        {[] { ASSERT_EQ(chmod("null", 0), 0); }, {"null: mode is 0000 instead of 0644"}},
        {[] {
             const timespec times[2] = {{1, 1}, {1'600'000'000, 123'456'788}};
             ASSERT_EQ(utimensat(AT_FDCWD, "t", times, 0), 0);
         },
         {"t: time is 1600000000.123456788 instead of 1600000000.123456789"}},
        {[] {
             const timespec times[2] = {{1, 1}, {1, 0}};
             ASSERT_EQ(utimensat(AT_FDCWD, "gone/a", times, AT_SYMLINK_NOFOLLOW), 0);
         },
         {"gone/a: time is 1.000000000 instead of 1600000000.000000000"}},
        {[] { ASSERT_EQ(setxattr("x", "user.note", "hallo", 5, 0), 0); },
         {"x: attribute 'user.note' differs"}},
        {[] { ASSERT_EQ(removexattr("t", "user.empty"), 0); },
         {"t: attribute 'user.empty' is missing"}},
        {[] { ASSERT_EQ(setxattr("bin", "user.more", "", 0, 0), 0); },
         {"bin: attribute 'user.more' is not the layer's"}},
        {[] { ASSERT_EQ(removexattr("opaque", "trusted.overlay.opaque"), 0); },
         {"opaque: attribute 'trusted.overlay.opaque' is missing"}},
        {[] {
             const KeepingTimes times({"."});
             ASSERT_EQ(unlink("t"), 0);
         },
         {"t: is missing"}},
        {[] {
             const KeepingTimes times({"implied"});
             remove_tree("implied/below");
         },
         {"implied/below: is missing"}},
        {[] {
             const KeepingTimes times({"gone"});
             ASSERT_EQ(unlink("gone/a"), 0);
         },
         {"gone/a: is missing"}},
        {[&] {
             const KeepingTimes times({"bin"});
             make_file("bin/more", "x");
         },
         {"bin/more: is not the layer's"}},
        {[] {
             const KeepingTimes times({"."});
             ASSERT_EQ(mkdir("dir\n", 0755), 0);
         },
         {"dir\n: is not the layer's"}},
        {[] {
             const KeepingTimes times({"bin"});
             ASSERT_EQ(unlink("bin/empty"), 0);
             ASSERT_EQ(mkfifo("bin/empty", 0644), 0);
         },
         {"bin/empty: is a fifo instead of a file"}},
        {[] {
             const KeepingTimes times({"gone"});
             ASSERT_EQ(unlink("gone/a"), 0);
             ASSERT_EQ(mknod("gone/a", S_IFCHR, makedev(1, 3)), 0);
         },
         {"gone/a: is a character device instead of a whiteout"}},
        {[] {
             const KeepingTimes times({"bin", "bin/sh"});
             ASSERT_EQ(unlink("bin/sh"), 0);
             ASSERT_EQ(symlink("sh", "bin/sh"), 0);
         },
         {"bin/sh: is not the same file as 'bin/ash'"}},
        {[] {
             const KeepingTimes times({".", "null"});
             ASSERT_EQ(unlink("null"), 0);
             ASSERT_EQ(mknod("null", S_IFCHR | 0644, makedev(1, 5)), 0);
         },
         {"null: device is 1:5 instead of 1:3"}},
        {[] {
             const KeepingTimes times({"bin"});
             ASSERT_EQ(unlink("bin/empty"), 0);
             ASSERT_EQ(link("t", "bin/empty"), 0);
         },
         {"t: is the same file as 'bin/empty'", "bin/empty: time is"}},
        {[] { ASSERT_EQ(chmod(".", 0755), 0); }, {": mode is 0755 instead of 0711"}},
    };
}

TEST_F(VerifiedLayer, EveryDamageIsNamedByBothWaysAndNothingElseIs) {
    const std::string pristine = (temp_.path() / "pristine").native();
    mkdir(pristine.c_str(), 0755);
    tar_ = everything().bytes();
    apply_layer(source_of(tar_), fs::RootDir::open(pristine));
    const auto cases = damages();
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE(i);
        remove_tree(path(""));
        mkdir(path("").c_str(), 0755);
        apply(tar_);
        ASSERT_EQ(chdir(path("").c_str()), 0);
        cases[i].inflict();
        ASSERT_EQ(chdir("/"), 0);
        std::vector<testing::Matcher<std::string>> said;
        for (const std::string& line : cases[i].said) said.push_back(HasSubstr(line));
        EXPECT_THAT(found(), testing::UnorderedElementsAreArray(said));
        EXPECT_THAT(lines(compare_layers(fs::RootDir::open(pristine), fs::RootDir::open(path("")))),
                    testing::UnorderedElementsAreArray(said));
    }
}

TEST_F(VerifiedLayer, EverySingleFlippedByteOfAFileIsFound) {
    make(TarBuilder().file("f", std::string(1000, 'x')));
    for (int i = 0; i < 1000; i += 7) {
        put_byte(path("f"), i, 'y');
        ASSERT_THAT(found(), ElementsAre("f: content differs")) << i;
        put_byte(path("f"), i, 'x');
    }
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(VerifiedLayer, ContentOfAReplacedNameThatALinkStillHasIsForTheSecondLook) {
    make(TarBuilder().file("a", "first").hard_link("b", "a").file("a", "later"));
    // The stream passes when "a" is another file already: it cannot say, the directories can.
    EXPECT_THAT(found(), ElementsAre("b: content differs"));
    EXPECT_THAT(compare_layers(fs::RootDir::open(path("")), fs::RootDir::open(path(""))),
                IsEmpty());
}

TEST_F(VerifiedLayer, DamagedStreamIsAnError) {
    make(TarBuilder().file("f", std::string(5000, 'x')));
    std::string blob = test::gzip(tar_);
    const auto verify = [&] {
        return verify_layer(source_of(blob), Digest::of(tar_), fs::RootDir::open(path("")));
    };
    EXPECT_THAT(verify().differences, IsEmpty());
    const std::string whole = blob;
    blob[blob.size() / 2] ^= 1;
    EXPECT_THROW(verify(), Error);
    blob = whole.substr(0, whole.size() / 2);
    EXPECT_THROW(verify(), Error);
    blob = test::gzip(TarBuilder().file("f", std::string(4999, 'x')).bytes());
    EXPECT_THROW(verify(), Error) << "another DiffID";
}

}  // namespace
}  // namespace mincs::layer
