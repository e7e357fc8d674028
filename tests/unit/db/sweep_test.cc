#include "db/sweep.hh"

#include <sys/wait.h>

#include "db/locks.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

constexpr const char* kName = "docker.io/library/debian:latest";
constexpr const char* kOther = "docker.io/library/other:latest";

class SweepTest : public StoreTest {
 protected:
    Store store_ = open(Durability::kFull);
};

TEST_F(SweepTest, WholeStoreIsLeftAlone) {
    const std::string id = record(store_, kName, "12");
    const FileLock lock = create_container(store_, container("web", id));
    const SweepResult result = sweep(store_);
    EXPECT_EQ(result.staging + result.layers + result.blobs + result.containers, 0);
    EXPECT_TRUE(has_layer(store_, hex('1')));
    EXPECT_TRUE(std::filesystem::exists(layout().container(get_container(store_, "web").id)));
}

TEST_F(SweepTest, StagingOfTheDeadGoesAndOfTheLivingStays) {
    const Staging living = Staging::create(store_);
    make_directories(layout().staging() / "dead/layer");
    write_file_atomic(layout().staging() / "dead.lock", "");
    make_directories(layout().staging() / "without-a-lock");
    write_file_atomic(layout().staging() / "without-a-directory.lock", "");
    EXPECT_EQ(sweep(store_).staging, 3);
    EXPECT_TRUE(std::filesystem::exists(living.path()));
    EXPECT_EQ(count(layout().staging()), 2u);  // the living one and its lock
}

TEST_F(SweepTest, WhatNoImageNamesGoesWithItsImageAndSharedLayersStay) {
    record(store_, kName, "12");
    record(store_, kOther, "13");
    remove(store_, get_image(store_, kName));
    EXPECT_TRUE(has_layer(store_, hex('1')));
    EXPECT_FALSE(has_layer(store_, hex('2')));
    EXPECT_FALSE(std::filesystem::exists(layout().layer(hex('2'))));
    EXPECT_TRUE(has_layer(store_, hex('3')));
    EXPECT_EQ(count(layout().blobs() / "sha256"), 1u);
    EXPECT_EQ(count(layout().staging()), 0u);
    const SweepResult result = sweep_everything(store_);
    EXPECT_EQ(result.layers + result.blobs, 0);
}

TEST_F(SweepTest, RowsThatNoImageNamesGo) {
    record(store_, kName, "12");
    store_.database().run("DELETE FROM images");
    const SweepResult result = sweep_everything(store_);
    EXPECT_EQ(result.layers, 2);
    EXPECT_EQ(result.blobs, 1);
    EXPECT_FALSE(std::filesystem::exists(layout().layer(hex('2'))));
}

TEST_F(SweepTest, DirectoriesAndBlobsWithoutARowGo) {
    make_directories(layout().layer(hex('1')) / "sub");
    write_file_atomic(layout().blob(digest('2')), "half");
    make_directories(layout().layers() / "not-a-key");
    const SweepResult result = sweep_everything(store_);
    EXPECT_EQ(result.layers, 1);
    EXPECT_EQ(result.blobs, 1);
    EXPECT_FALSE(std::filesystem::exists(layout().layer(hex('1'))));
    EXPECT_FALSE(std::filesystem::exists(layout().blob(digest('2'))));
    EXPECT_TRUE(std::filesystem::exists(layout().layers() / "not-a-key"));
}

TEST_F(SweepTest, EverythingIsLookedAtWhereAProcessHasDiedOverItsWork) {
    make_directories(layout().layer(hex('1')));
    EXPECT_EQ(sweep(store_).layers, 0);
    make_directories(layout().staging() / "dead");
    const SweepResult result = sweep(store_);
    EXPECT_EQ(result.staging, 1);
    EXPECT_EQ(result.layers, 1);
    EXPECT_EQ(count(layout().staging()), 0u);
}

TEST_F(SweepTest, LockedKeysAreSomebodysWorkAndTheNextSweepComesBackForThem) {
    record(store_, kName, "1");
    make_directories(layout().layer(hex('2')));
    {
        const auto working = KeyLocks::acquire(
            store_, {hex('1'), hex('2')}, [] {}, [] { return false; });
        remove(store_, get_image(store_, kName));
        EXPECT_TRUE(has_layer(store_, hex('1')));
        EXPECT_EQ(sweep(store_).layers, 0);
        EXPECT_TRUE(has_layer(store_, hex('1')));
        EXPECT_TRUE(std::filesystem::exists(layout().layer(hex('2'))));
    }
    EXPECT_EQ(sweep(store_).layers, 2);
    EXPECT_EQ(count(layout().staging()), 0u);
}

TEST_F(SweepTest, PartsOfBlobsGoAfterAWeekUnlessSomebodyWorksOnThem) {
    const auto path = [&](char digit) { return layout().partial(digest(digit)); };
    for (const char digit : {'1', '2', '3'}) {
        make_directories(path(digit).parent_path());
        write_file_atomic(path(digit), "part");
    }
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 8);
    std::filesystem::last_write_time(path('1'), old);
    std::filesystem::last_write_time(path('2'), old);
    {
        const auto working = KeyLocks::acquire(
            store_, {hex('2')}, [] {}, [] { return false; });
        EXPECT_EQ(sweep(store_).partials, 1);
    }
    EXPECT_FALSE(std::filesystem::exists(path('1')));
    EXPECT_TRUE(std::filesystem::exists(path('2')));
    SweepOptions options;
    options.all_partials = true;
    EXPECT_EQ(sweep(store_, options).partials, 2);
    EXPECT_FALSE(std::filesystem::exists(path('3')));
}

TEST_F(SweepTest, MuchIsDeletedInTheBackgroundWithNothingLeft) {
    const auto big = layout().staging() / "dead";
    make_directories(big);
    for (int i = 0; i < 1000; ++i) write_file_atomic(big / std::to_string(i), "");
    SweepOptions options;
    options.deletion = Deletion::kBackground;
    EXPECT_EQ(sweep(store_, options).staging, 1);
    for (int i = 0; i < 1000 && count(layout().staging()) > 0; ++i) usleep(10'000);
    EXPECT_EQ(count(layout().staging()), 0u);
    int status = -1;
    EXPECT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0);
}

TEST_F(SweepTest, ContainerDirectoriesWithoutARowGoUnlessLocked) {
    const ContainerDirectory dead(layout().container(hex('1')));
    const ContainerDirectory born(layout().container(hex('2')));
    make_directories(dead.storage());
    make_directories(born.storage());
    const FileLock lock = FileLock::acquire(born.lock());
    EXPECT_EQ(sweep(store_).containers, 1);
    EXPECT_FALSE(std::filesystem::exists(dead.base));
    EXPECT_TRUE(std::filesystem::exists(born.base));
}

TEST_F(SweepTest, RowOfAContainerWhoseDirectoryIsLostGoes) {
    { const FileLock lock = create_container(store_, container("web")); }
    remove_tree(layout().container(get_container(store_, "web").id));
    EXPECT_EQ(sweep(store_).containers, 1);
    EXPECT_FALSE(find_container(store_, "web"));
}

TEST_F(SweepTest, NewbornsAreGivenTime) {
    const FileLock birth = FileLock::acquire(layout().birth_lock(), FileLock::Mode::kShared);
    make_directories(layout().staging() / "newborn");
    EXPECT_EQ(sweep(store_).staging, 0);
    EXPECT_TRUE(std::filesystem::exists(layout().staging() / "newborn"));
}

}  // namespace
}  // namespace mincs::db
