// Layers that attack: each is refused by the entry's name, and nothing outside the layer is touched
// (the fixture checks its canary after every test).
#include <gmock/gmock.h>

#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {
namespace {

using test::TarBuilder;
using test::TarItem;
using testing::HasSubstr;
using testing::Not;

class HostileLayer : public LayerTest {};

TEST_F(HostileLayer, DotDotIsRefused) {
    for (const char* name : {"../outside", "a/../../outside", "..", "a/..", "./../outside"})
        EXPECT_THAT(refusal(TarBuilder().directory("a").file(name, "x")),
                    HasSubstr(fmt::format("entry '{}'", name)));
}

TEST_F(HostileLayer, AbsoluteNameIsRefused) {
    EXPECT_THAT(refusal(TarBuilder().file("/etc/x", "x")), HasSubstr("entry '/etc/x'"));
    EXPECT_THAT(refusal(TarBuilder().file("//x", "x")), HasSubstr("absolute"));
    EXPECT_THAT(refusal(TarBuilder().file(outside(), "x")), HasSubstr("absolute"));
}

TEST_F(HostileLayer, WriteThroughASymlinkIsRefused) {
    for (const std::string& target : {std::string(".."), temp_.path().native(), std::string("usr")})
        EXPECT_THAT(
            refusal(TarBuilder().directory("usr").symlink("esc", target).file("esc/outside", "x")),
            HasSubstr("entry 'esc/outside': 'esc' is a symbolic link"));
}

TEST_F(HostileLayer, EverythingThroughASymlinkIsRefused) {
    const auto through = [&](TarItem item) {
        item.name = "esc/new";
        EXPECT_THAT(refusal(TarBuilder().symlink("esc", "..").file("f").add(item)),
                    HasSubstr("entry 'esc/new'"));
        EXPECT_FALSE(exists("../new"));
    };
    through({.name = "", .type = '5'});
    through({.name = "", .type = '2', .link = "x"});
    through({.name = "", .type = '1', .link = "f"});
    through({.name = "", .type = '3', .device_major = 1, .device_minor = 3});
    through({.name = "", .type = '6'});
    EXPECT_THAT(refusal(TarBuilder().symlink("esc", "..").file("esc/.wh.outside")),
                HasSubstr("entry 'esc/.wh.outside'"));
    EXPECT_THAT(refusal(TarBuilder().symlink("esc", "..").file("esc/.wh..wh..opq")),
                HasSubstr("entry 'esc/.wh..wh..opq'"));
}

TEST_F(HostileLayer, SymlinkChainIsRefused) {
    EXPECT_THAT(refusal(TarBuilder()
                            .directory("a/b")
                            .symlink("a/b/one", "..")
                            .symlink("two", "a/b/one/..")
                            .file("two/outside", "x")),
                HasSubstr("entry 'two/outside'"));
}

TEST_F(HostileLayer, FileOverASymlinkReplacesTheLink) {
    apply(TarBuilder().symlink("link", "../outside").file("link", "mine"));
    EXPECT_TRUE(S_ISREG(status("link").st_mode));
}

TEST_F(HostileLayer, SymlinkOverTheCachedDirectoryIsNotPassed) {
    // The directory is where the cursor stands when it is replaced.
    EXPECT_THAT(
        refusal(
            TarBuilder().directory("d").file("d/x", "1").symlink("d", "..").file("d/outside", "x")),
        HasSubstr("entry 'd/outside'"));
}

TEST_F(HostileLayer, HardLinkOutIsRefused) {
    for (const std::string& target :
         {std::string("../outside"), outside(), std::string("/etc/passwd")})
        EXPECT_THAT(refusal(TarBuilder().hard_link("h", target)), HasSubstr("entry 'h'"));
    EXPECT_THAT(refusal(TarBuilder().symlink("esc", "..").hard_link("h2", "esc/outside")),
                HasSubstr("entry 'h2'"));
}

TEST_F(HostileLayer, HardLinkToASymlinkLinksTheSymlink) {
    // Followed, the next write would go to the canary.
    apply(TarBuilder().symlink("s", "../outside").hard_link("h", "s").file("h", "x"));
    EXPECT_TRUE(S_ISLNK(status("s").st_mode));
    EXPECT_TRUE(S_ISREG(status("h").st_mode));
}

TEST_F(HostileLayer, HardLinkToNothingIsRefused) {
    EXPECT_THAT(refusal(TarBuilder().hard_link("h", "no/such")),
                HasSubstr("entry 'h': its hard link's target 'no/such' is not in this layer"));
    EXPECT_THAT(refusal(TarBuilder().directory("d").hard_link("h", "d")), HasSubstr("is no file"));
    EXPECT_THAT(refusal(TarBuilder().file(".wh.gone").hard_link("h", "gone")),
                HasSubstr("is no file"));
}

TEST_F(HostileLayer, WhiteoutOfTheDirectoryOrItsParentIsRefused) {
    for (const char* name : {".wh.", ".wh..", ".wh...", "a/.wh...", "a/.wh.."})
        EXPECT_THAT(refusal(TarBuilder().directory("a").file(name)),
                    HasSubstr(fmt::format("entry '{}'", name)));
    EXPECT_THAT(refusal(TarBuilder().file(".wh.x/y")), HasSubstr("entry '.wh.x/y'"));
}

TEST_F(HostileLayer, OverlayXattrsAreRefusedInEverySpelling) {
    for (const char* key :
         {"SCHILY.xattr.trusted.overlay.opaque", "SCHILY.xattr.user.overlay.redirect",
          "LIBARCHIVE.xattr.trusted.overlay.redirect", "LIBARCHIVE.xattr.user.overlay.opaque",
          "LIBARCHIVE.xattr.trusted%2Eoverlay.redirect"})
        for (const char type : {'0', '5', '2'}) {
            const TarItem item{.name = "d", .type = type, .link = "x", .pax = {{key, "eQ"}}};
            EXPECT_THAT(refusal(TarBuilder().add(item)), HasSubstr("entry 'd': its attribute"));
        }
    const TarItem root{
        .name = "./", .type = '5', .pax = {{"SCHILY.xattr.trusted.overlay.opaque", "y"}}};
    EXPECT_THAT(refusal(TarBuilder().add(root)), HasSubstr("overlayfs"));
}

TEST_F(HostileLayer, SmuggledWhiteoutDeviceIsRefused) {
    EXPECT_THAT(refusal(TarBuilder().add({.name = "dev/w", .type = '3'})),
                HasSubstr("entry 'dev/w'"));
    // As the kernel sees it, major 4096 is 0.
    EXPECT_THAT(refusal(TarBuilder().add({.name = "w", .type = '3', .device_major = 4096})),
                HasSubstr("entry 'w'"));
}

TEST_F(HostileLayer, NamesAreEscapedInErrors) {
    const std::string message = refusal(TarBuilder().file("../a\nb\x1b[2J", "x"));
    EXPECT_THAT(message, HasSubstr("../a\\nb\\x1b[2J"));
    EXPECT_THAT(message, Not(HasSubstr("\n")));
}

TEST_F(HostileLayer, LongNameIsRefusedAndTheLongestIsNot) {
    apply(TarBuilder().file("d/" + std::string(255, 'n'), "x"));
    EXPECT_TRUE(exists("d/" + std::string(255, 'n')));
    EXPECT_THAT(refusal(TarBuilder().file("d/" + std::string(256, 'n'), "x")),
                HasSubstr("longer than 255 bytes"));
}

TEST_F(HostileLayer, DeepTreesEndAtALimit) {
    const auto deep = [](int levels) {
        std::string name;
        for (int i = 0; i < levels; ++i) name += "d/";
        return name + "f";
    };
    // Longer than PATH_MAX as a string, and fine.
    std::string wide;
    for (int i = 0; i < 100; ++i) wide += std::string(200, 'w') + "/";
    apply(
        TarBuilder().file(deep(500), "x").file(wide + "f", "x").hard_link(wide + "g", wide + "f"));
    EXPECT_THAT(refusal(TarBuilder().file(deep(5000), "x")), HasSubstr("directories deep"));
}

TEST_F(HostileLayer, ImpossibleOwnersAreRefused) {
    for (const std::int64_t id :
         {std::int64_t{-1}, std::int64_t{1} << 32, std::int64_t{0xffffffff}}) {
        EXPECT_THAT(refusal(TarBuilder().add({.name = "u", .uid = id})), HasSubstr("entry 'u'"));
        EXPECT_THAT(refusal(TarBuilder().add({.name = "g", .gid = id})), HasSubstr("entry 'g'"));
    }
}

TEST_F(HostileLayer, SizesThatLieAreRefused) {
    refusal(TarBuilder().add({.name = "f", .content = "x", .claimed_size = 5000}).open_end());
    EXPECT_THAT(refusal(TarBuilder().add({.name = "f", .claimed_size = std::int64_t{1} << 62})),
                HasSubstr("entry 'f'"));
    refusal(TarBuilder().add({.name = "f", .pax = {{"size", "-5"}}}).file("g").bytes());
}

TEST_F(HostileLayer, LimitsHold) {
    ApplyLimits limits;
    limits.bytes = 1000;
    EXPECT_THAT(
        refusal(
            TarBuilder().file("a", std::string(600, 'a')).file("b", std::string(600, 'b')).bytes(),
            limits),
        HasSubstr("entry 'b'"));
    limits.entries = 2;
    EXPECT_THAT(refusal(TarBuilder().file("a").file("b").file("c").bytes(), limits),
                HasSubstr("entry 'c'"));
}

TEST_F(HostileLayer, SparseBombCountsAsItsSize) {
    ApplyLimits limits;
    limits.bytes = 1 << 20;
    const TarItem bomb{.name = "s",
                       .pax = {{"GNU.sparse.major", "0"},
                               {"GNU.sparse.minor", "1"},
                               {"GNU.sparse.name", "bomb"},
                               {"GNU.sparse.size", "1099511627776"},
                               {"GNU.sparse.numblocks", "0"},
                               {"GNU.sparse.map", ""}}};
    refusal(TarBuilder().add(bomb).bytes(), limits);
}

TEST_F(HostileLayer, EndlessTailIsRefused) {
    ApplyLimits limits;
    limits.bytes = 0;
    const std::string end = TarBuilder().bytes();
    const std::string zeros(1 << 20, '\0');
    std::int64_t given = 0;
    const TarSource endless = [&]() -> std::string_view {
        given += 1 << 20;
        return given == 1 << 20 ? end : zeros;
    };
    EXPECT_THROW(apply_layer(endless, fs::RootDir::open(path("")), limits), Error);
    EXPECT_LE(given, 80 << 20);
}

TEST_F(HostileLayer, DamagedTarsAreRefused) {
    EXPECT_THAT(refusal(std::string(2048, 'x')), HasSubstr("damaged"));
    std::string second_header = TarBuilder().file("a").file("b").bytes();
    second_header[512 + 3] = '!';
    refusal(second_header);
    const std::string whole = TarBuilder().file("a", std::string(3000, 'a')).bytes();
    for (const std::size_t cut : {100u, 600u, 3000u}) refusal(whole.substr(0, cut));
}

TEST_F(HostileLayer, OtherArchiveFormatsAreNoLayers) {
    refusal("#mtree\n/etc/shadow type=file contents=/etc/shadow\n" + std::string(2048, '\n'));
    refusal("PK\x03\x04" + std::string(2048, '\0'));
    refusal("070701" + std::string(2048, '0'));
}

TEST_F(HostileLayer, EndlessExtendedHeadersAreRefused) {
    TarBuilder builder;
    for (int i = 0; i < 5000; ++i)
        builder.add({.name = "g", .type = 'g', .content = "16 comment=aaaa\n"});
    // Skipped or refused, it must not overflow the stack; the file behind may then be there.
    try {
        apply(builder.file("f"));
    } catch (const Error&) {
    }
}

/// An entry that says it is bigger than anything, and a source that never ends.
struct EndlessEntry {
    explicit EndlessEntry(char type)
        : start(TarBuilder()
                    .add({.name = "big", .type = type, .claimed_size = std::int64_t{1} << 34})
                    .open_end()) {}
    std::string_view next() {
        given += given == 0 ? 0 : static_cast<std::int64_t>(filling.size());
        return given++ == 0 ? std::string_view(start) : std::string_view(filling);
    }
    std::string start;
    std::string filling = std::string(65536, 'x');
    std::int64_t given = 0;
};

TEST_F(HostileLayer, HeadersThatExtendOthersHaveABoundBelowOneMegabyte) {
    // PAX for one entry and for all, GNU's long name and long link.
    for (const char type : {'x', 'g', 'L', 'K'}) {
        EndlessEntry entry(type);
        EXPECT_THROW(apply_layer([&] { return entry.next(); }, fs::RootDir::open(path(""))), Error)
            << type;
        EXPECT_LT(entry.given, 4 << 20) << type;
    }
}

TEST_F(HostileLayer, SparseMapsThatLieAreRefused) {
    const auto sparse = [](const std::string& map) {
        return TarItem{.name = "s",
                       .content = map + std::string(512 - map.size(), '\0') + "datadata",
                       .pax = {{"GNU.sparse.major", "1"},
                               {"GNU.sparse.minor", "0"},
                               {"GNU.sparse.name", "sparse"},
                               {"GNU.sparse.realsize", "1000"}}};
    };
    // More pieces than there is room for, pieces that overlap, run backwards, or past the end.
    for (const char* map : {"99999999999\n0\n4\n", "2\n0\n4\n2\n4\n", "2\n500\n2\n0\n2\n",
                            "1\n998\n4\n", "1\n-5\n4\n", "1\n9223372036854775807\n4\n", "x\n"})
        EXPECT_THROW(apply(TarBuilder().add(sparse(map))), Error) << map;
}

TEST_F(HostileLayer, AttributesTheKernelRefusesAreRefusedByName) {
    for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
             {"SCHILY.xattr.security.capability", "no capabilities"},
             {"SCHILY.xattr.system.posix_acl_access", "no list"},
             {"SCHILY.xattr.user." + std::string(300, 'n'), "x"},
             {"SCHILY.xattr.user.big", std::string(70'000, 'x')}})
        EXPECT_THAT(refusal(TarBuilder().add({.name = "f", .pax = {{key, value}}})),
                    HasSubstr("entry 'f': setting its attribute"));
}

TEST_F(HostileLayer, FileFlagsHaveNoEffect) {
    // An immutable file could not be removed again.
    apply(TarBuilder()
              .add({.name = "f", .content = "x", .pax = {{"SCHILY.fflags", "sappnd,schg"}}})
              .add({.name = "d", .type = '5', .pax = {{"SCHILY.fflags", "uappnd,uchg,schg"}}}));
    EXPECT_EQ(unlink(path("f").c_str()), 0);
    EXPECT_EQ(rmdir(path("d").c_str()), 0);
}

TEST_F(HostileLayer, TooLongLinkTargetIsRefusedByName) {
    EXPECT_THAT(refusal(TarBuilder().symlink("s", std::string(5000, 't'))),
                HasSubstr("entry 's': making it: File name too long"));
}

TEST_F(HostileLayer, BombIsRefusedBeforeItIsUnpacked) {
    ApplyLimits limits;
    limits.bytes = 1 << 20;
    const std::string bomb =
        test::gzip(TarBuilder().file("b", std::string(64 << 20, '\0')).bytes());
    ASSERT_LT(bomb.size(), 1u << 20);
    EXPECT_THROW(apply_compressed_layer(source_of(bomb), fs::RootDir::open(path("")),
                                        Digest::of(""), limits),
                 Error);
    EXPECT_FALSE(exists("b"));
}

TEST_F(HostileLayer, TimesBeyondAllCalendarsAreHarmless) {
    for (const char* time : {"9223372036854775807", "-9223372036854775808", "99999999999999999999",
                             "1e400", "-0.999999999", "0.9999999999999999999"}) {
        apply(TarBuilder().add({.name = "f", .pax = {{"mtime", time}}}));
        EXPECT_TRUE(exists("f")) << time;
    }
}

TEST_F(HostileLayer, NulBytesEndANameAndNothingElse) {
    const std::string name("a\0/../../outside", 16);
    apply(TarBuilder().add({.name = "x", .content = "x", .pax = {{"path", name}}}));
    EXPECT_TRUE(exists("a"));
}

TEST_F(HostileLayer, FileWhereADirectoryMustBeIsRefused) {
    EXPECT_THAT(refusal(TarBuilder().file("f", "x").file("f/below", "x")),
                HasSubstr("entry 'f/below': 'f' is not a directory"));
}

TEST_F(HostileLayer, RootMustBeADirectory) {
    EXPECT_THAT(refusal(TarBuilder().symlink("./", "/etc")), HasSubstr("root"));
    EXPECT_THAT(refusal(TarBuilder().symlink(".", "/etc")), HasSubstr("root"));
    EXPECT_THAT(refusal(TarBuilder().hard_link("x", ".")), HasSubstr("entry 'x'"));
}

TEST_F(HostileLayer, SourcesErrorComesThroughUnchanged) {
    const TarSource failing = []() -> std::string_view { throw SysError(EIO, "the network"); };
    EXPECT_THROW(apply_layer(failing, fs::RootDir::open(path(""))), SysError);
}

}  // namespace
}  // namespace mincs::layer
