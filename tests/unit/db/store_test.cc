#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>

#include "db/migrations.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

TEST_F(StoreTest, OpeningMakesTheTreeForItsOwnerOnly) {
    const Store store = open();
    struct stat info;
    ASSERT_EQ(stat(layout().base().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700u);
    for (const auto& path : {layout().layers(), layout().containers(), layout().staging(),
                             layout().locks(), layout().blobs() / "sha256"})
        EXPECT_TRUE(std::filesystem::is_directory(path)) << path;
}

TEST_F(StoreTest, NewerStoreIsRefusedWithAHint) {
    open().database().execute("PRAGMA user_version = 99");
    try {
        open();
        FAIL() << "a store of version 99 was opened";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("version 99"), std::string::npos);
        EXPECT_FALSE(error.hint().empty());
    }
}

TEST_F(StoreTest, HalfMadeDatabaseIsFinished) {
    open();
    std::filesystem::remove(layout().database());
    std::filesystem::remove(layout().database().native() + "-wal");
    std::filesystem::remove(layout().database().native() + "-shm");
    Database::create(layout().database()).execute("PRAGMA user_version = 0");
    Store store = open();
    EXPECT_EQ(store.database().version(), kSchemaVersion);
    EXPECT_TRUE(list_containers(store).empty());
}

TEST_F(StoreTest, ManyProcessesMayCreateItAtOnce) {
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        const pid_t child = fork();
        ASSERT_NE(child, -1);
        if (child == 0) {
            try {
                Store store = open();
                _exit(list_containers(store).empty() ? 0 : 2);
            } catch (const std::exception& error) {
                fmt::print(stderr, "{}\n", error.what());
                _exit(1);
            }
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
}

TEST(Layout, StandardPlaceFollowsTheEnvironment) {
    setenv("MINCS_DIR", "/srv/store", 1);
    EXPECT_EQ(Layout::standard().base(), "/srv/store");
    setenv("MINCS_DIR", "", 1);
    if (geteuid() == 0) {
        EXPECT_EQ(Layout::standard().base(), "/var/lib/mincs");
    } else {
        setenv("XDG_DATA_HOME", "/home/x/data", 1);
        EXPECT_EQ(Layout::standard().base(), "/home/x/data/mincs");
    }
    unsetenv("MINCS_DIR");
}

}  // namespace
}  // namespace mincs::db
