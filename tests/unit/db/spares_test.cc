// Directories for brief containers: what stays of the last owner, and until when.
#include "db/spares.hh"

#include <gtest/gtest.h>

#include "libcore/base/files.hh"

namespace mincs::db {
namespace {

namespace stdfs = std::filesystem;

class Spares : public testing::Test {
 protected:
    Spares() : layout_(base_.path()) {}
    /// One in which an overlay was, as the kernel leaves it.
    Spare take_used() {
        Spare spare = std::move(*take_spare(layout_));
        make_directories(spare.directory.work() / "work/incompat/volatile");
        replace_file(spare.directory.work() / "work/incompat/volatile/dirty", "");
        return spare;
    }
    stdfs::path first() const { return layout_.spares() / "0"; }

    TempDir base_;
    Layout layout_;
};

TEST_F(Spares, WhatIsEmptyIsPutAsideAndGoesWhenSomebodyHasTime) {
    {
        const Spare spare = take_used();
        EXPECT_EQ(spare.directory.base, first());
        give_back_spare(spare.directory);
    }
    EXPECT_FALSE(stdfs::exists(first() / "storage"));
    EXPECT_TRUE(stdfs::is_empty(first() / "work"));
    EXPECT_TRUE(stdfs::exists(first() / "left/storage"));
    const Spare again = take_used();
    EXPECT_EQ(again.directory.base, first());
    tidy_spare(again.directory);
    EXPECT_TRUE(stdfs::is_empty(first() / "left"));
    EXPECT_TRUE(stdfs::exists(first() / "storage"));
}

TEST_F(Spares, WhatTheCommandWroteGoesAtOnce) {
    const Spare spare = take_used();
    make_directories(spare.directory.storage() / "home");
    replace_file(spare.directory.storage() / "home/secret", "");
    replace_file(spare.directory.base / "Xauthority", "");
    give_back_spare(spare.directory);
    for (const auto& entry : stdfs::recursive_directory_iterator(first()))
        EXPECT_TRUE(entry.path() == first() / "lock" || entry.path() == first() / "work")
            << entry.path();
}

TEST_F(Spares, OthersFilesOfAnEmptyOneGoAtOnce) {
    const Spare spare = take_used();
    replace_file(spare.directory.base / "Xauthority", "");
    make_directories(spare.directory.work() / "part1/work");
    give_back_spare(spare.directory);
    EXPECT_TRUE(stdfs::exists(first() / "left"));
    EXPECT_FALSE(stdfs::exists(first() / "Xauthority"));
    EXPECT_TRUE(stdfs::is_empty(first() / "work"));
}

TEST_F(Spares, WithoutTimeNothingPilesUp) {
    for (int i = 0; i < 4; ++i) {
        const Spare spare = take_used();
        EXPECT_EQ(spare.directory.base, first());
        give_back_spare(spare.directory);
    }
    int entries = 0;
    for ([[maybe_unused]] const auto& entry : stdfs::recursive_directory_iterator(first()))
        ++entries;
    EXPECT_LE(entries, 8);
}

/// A file of the overlay's root that outlived the container can still be used to write there.
TEST_F(Spares, WhatWasWrittenIntoOnePutAsideGoes) {
    const Spare spare = take_used();
    give_back_spare(spare.directory);
    make_directories(first() / "left/storage/late");
    tidy_spare(spare.directory);
    EXPECT_FALSE(stdfs::exists(first() / "left"));
}

TEST_F(Spares, OneWithoutAnOverlayIsGivenBackToo) {
    give_back_spare(take_spare(layout_)->directory);
    EXPECT_FALSE(stdfs::exists(first() / "storage"));
    EXPECT_TRUE(take_spare(layout_));
}

}  // namespace
}  // namespace mincs::db
