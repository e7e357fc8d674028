// A kit appears in one step, takes an older one's place, and leaves nothing beside it.
#include "tools/ermine-breeder/kit_place.hh"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/error_of.hh"
#include "tests/support/scoped_variable.hh"
#include "tools/ermine-breeder/commands.hh"

namespace mincs::breeder {
namespace {

class KitPlaceTest : public testing::Test {
 protected:
    std::filesystem::path make(const std::string& version, const std::string& recipe) {
        KitPlace place("um", "build");
        for (const char* name : {ermine::kKernelFile, ermine::kInitramfsFile})
            std::ofstream(place.files() / name) << version;
        EXPECT_EQ(place.kit_of("nobody's"), std::nullopt);
        return place.publish(version, recipe, "programs");
    }
    TempDir scratch_;
    test::ScopedVariable variable_{"MINCS_ERMINE", scratch_.path() / "kits"};
};

TEST_F(KitPlaceTest, WhatIsPublishedIsFound) {
    EXPECT_EQ(make("6.1", "r"), scratch_.path() / "kits/um-build");
    const auto kit = ermine::find_kit("um");
    ASSERT_TRUE(kit);
    EXPECT_EQ(kit->version, "6.1");
    EXPECT_EQ(read_file(kit->kernel), "6.1");
    EXPECT_FALSE(std::filesystem::exists(work_of("um", "build")));
}

TEST_F(KitPlaceTest, ANewKitTakesTheOldOnesPlace) {
    make("6.1", "r");
    make("6.2", "s");
    EXPECT_EQ(ermine::require_kit("um").version, "6.2");
    KitPlace place("um", "build");
    EXPECT_FALSE(place.kit_of("r"));
    EXPECT_TRUE(place.kit_of("s"));
}

/// Else a new protocol would cost a kernel's compilation.
TEST_F(KitPlaceTest, AKernelIsGoodWhateverItsProgramsSpeak) {
    const auto note = make("6.1", "r") / ermine::kNoteFile;
    std::string text = read_file(note);
    text.replace(text.find("\"protocol\":") + 11, 1, "99");
    replace_file(note, text);
    EXPECT_FALSE(ermine::find_kit("um"));
    KitPlace place("um", "build");
    const auto kit = place.kit_of("r");
    ASSERT_TRUE(kit);
    EXPECT_EQ(kit->version, "6.1");
    EXPECT_EQ(kit->programs, "") << "they are made anew";
    EXPECT_FALSE(place.kit_of("s"));
}

TEST_F(KitPlaceTest, CleanTakesNothingFromUnderARun) {
    make("6.1", "r");
    const KitPlace place("um", "build");
    EXPECT_EQ(test::error_of([] { clean({.action = Action::kClean}); }),
              "the guest um-build is just being made");
    EXPECT_TRUE(ermine::find_kit("um"));
    EXPECT_TRUE(std::filesystem::exists(place.work()));
}

TEST_F(KitPlaceTest, CleanRemovesOnlyWhatIsChosen) {
    make("6.1", "r");
    testing::internal::CaptureStdout();
    EXPECT_EQ(clean({.action = Action::kClean, .arch = "um", .kind = "distro"}), 0);
    EXPECT_TRUE(ermine::find_kit("um"));
    EXPECT_EQ(clean({.action = Action::kClean, .arch = "um"}), 0);
    std::fflush(stdout);
    EXPECT_EQ(testing::internal::GetCapturedStdout(),
              (scratch_.path() / "kits/um-build\n").string());
    EXPECT_TRUE(std::filesystem::is_empty(scratch_.path() / "kits"));
}

TEST_F(KitPlaceTest, AKernelIsKept) {
    make("6.1", "r");
    const ermine::Kit kit = ermine::require_kit("um");
    replace_file(kit.kernel.parent_path() / kBzImageFile, "packed");
    KitPlace place("um", "build");
    place.keep_kernel(kit);
    EXPECT_EQ(read_file(place.files() / ermine::kKernelFile), "6.1");
    EXPECT_EQ(read_file(place.files() / kBzImageFile), "packed");
}

TEST_F(KitPlaceTest, WhatWasBegunGoesAndTheOldKitStays) {
    make("6.1", "r");
    {
        KitPlace place("um", "build");
        std::ofstream(place.files() / ermine::kKernelFile) << "half";
    }
    EXPECT_FALSE(std::filesystem::exists(work_of("um", "build")));
    EXPECT_EQ(read_file(ermine::require_kit("um").kernel), "6.1");
    // As a killed run leaves it.
    make_directories(work_of("um", "build") / "kit");
    std::ofstream(work_of("um", "build") / "kit/rubbish") << "x";
    KitPlace place("um", "build");
    EXPECT_TRUE(std::filesystem::is_empty(place.files()));
}

}  // namespace
}  // namespace mincs::breeder
