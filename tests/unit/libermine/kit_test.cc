// Where guests are looked for, which one is taken, and what is said where there is none.
#include "libermine/kit.hh"

#include <gmock/gmock.h>

#include <fstream>

#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"
#include "tests/support/scoped_variable.hh"

namespace mincs::ermine {
namespace {

using test::error_of;
using test::ScopedVariable;
using testing::HasSubstr;

class KitTest : public testing::Test {
 protected:
    void make_kit(const std::string& arch, const std::string& kind, const std::string& note) {
        const auto directory = kit_directory(arch, kind);
        make_directories(directory);
        for (const char* name : {kKernelFile, kInitramfsFile})
            std::ofstream(directory / name) << "x";
        std::ofstream(directory / kNoteFile) << note;
    }
    void make_kit(const std::string& arch, const std::string& kind) {
        make_kit(arch, kind, note_text({{}, {}, arch, kind, "1-" + kind, "r", "p"}));
    }

    TempDir scratch_;
    ScopedVariable place_{"MINCS_ERMINE", scratch_.path()};
};

TEST_F(KitTest, ItsPlaceFollowsTheEnvironment) {
    EXPECT_EQ(kit_directory("um", "build"), scratch_.path() / "um-build");
    const ScopedVariable none("MINCS_ERMINE", "");
    const ScopedVariable home("HOME", "/home/x");
    const ScopedVariable cache("XDG_CACHE_HOME", "/c");
    EXPECT_EQ(kits_directory(), "/c/mincs/ermine");
    const ScopedVariable relative("XDG_CACHE_HOME", "c");
    EXPECT_EQ(kits_directory(), "/home/x/.cache/mincs/ermine");
    const ScopedVariable homeless("HOME", "");
    EXPECT_THAT(error_of([] { kits_directory(); }), HasSubstr("no place for guests"));
}

TEST_F(KitTest, TheBuiltOneIsTakenBeforeTheDistributions) {
    EXPECT_FALSE(find_kit("x86_64"));
    make_kit("x86_64", "distro");
    ASSERT_TRUE(find_kit("x86_64"));
    EXPECT_EQ(find_kit("x86_64")->version, "1-distro");
    make_kit("x86_64", "build");
    const Kit kit = require_kit("x86_64");
    EXPECT_EQ(kit.version, "1-build");
    EXPECT_EQ(kit.kind, "build");
    EXPECT_EQ(kit.recipe + kit.programs, "rp");
    EXPECT_EQ(kit.kernel, scratch_.path() / "x86_64-build/kernel");
    EXPECT_EQ(kit.initramfs, scratch_.path() / "x86_64-build/initramfs");
    EXPECT_FALSE(find_kit("um"));
}

TEST_F(KitTest, WhereThereIsNoneTheHintSaysHowToMakeOne) {
    try {
        require_kit("um");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("there is no guest for um"));
        EXPECT_EQ(error.hint(), "make one: ermine-breeder distro --arch um");
    }
}

TEST_F(KitTest, OneOfAnotherProtocolIsNotOurs) {
    make_kit("um", "build", R"({"protocol":99,"arch":"um","kind":"build","version":"6"})");
    EXPECT_FALSE(find_kit("um"));
    try {
        require_kit("um");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr(fmt::format("is of protocol 99, this program of {}", kProtocol)));
        EXPECT_EQ(error.hint(), "make it anew: ermine-breeder build --arch um");
    }
    make_kit("um", "distro");
    EXPECT_EQ(require_kit("um").kind, "distro");
}

TEST_F(KitTest, OneThatLacksAFileIsNone) {
    make_kit("um", "build");
    std::filesystem::remove(scratch_.path() / "um-build/initramfs");
    EXPECT_FALSE(find_kit("um"));
}

TEST_F(KitTest, ANoteThatIsNoneIsAnError) {
    make_kit("um", "build", "{}");
    EXPECT_THAT(error_of([] { find_kit("um"); }), HasSubstr("um-build/ermine.json"));
}

}  // namespace
}  // namespace mincs::ermine
