#include "db/migrations.hh"

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class MigrationsTest : public testing::Test {
 protected:
    Database open() { return Database::create(directory_.path() / "test.db"); }
    TempDir directory_;
};

constexpr const char* kFirst = "CREATE TABLE t (a INTEGER) STRICT";
constexpr const char* kThird = "CREATE TABLE t (a INTEGER, b TEXT, c TEXT) STRICT";
constexpr Migration kSteps[] = {{2, "ALTER TABLE t ADD COLUMN b TEXT"},
                                {3, "ALTER TABLE t ADD COLUMN c TEXT; UPDATE t SET c = 'new'"}};

TEST_F(MigrationsTest, NewDatabaseGetsTheSchemaAndNoSteps) {
    Database database = open();
    migrate(database, kThird, 3, kSteps);
    EXPECT_EQ(database.version(), 3);
    EXPECT_TRUE(is_current(database, 3));
}

TEST_F(MigrationsTest, OldDatabaseWalksUpTheStepsAboveIt) {
    Database database = open();
    migrate(database, kFirst, 1, {});
    database.run("INSERT INTO t VALUES (7)");
    EXPECT_FALSE(is_current(database, 3));
    migrate(database, kThird, 3, kSteps);
    Statement row = database.prepare("SELECT a, c FROM t");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), 7);
    EXPECT_EQ(row.text(1), "new");
    EXPECT_EQ(database.version(), 3);
}

TEST_F(MigrationsTest, FailingStepLeavesTheOldVersionWhole) {
    Database database = open();
    migrate(database, kFirst, 1, {});
    constexpr Migration kBroken[] = {{2, "ALTER TABLE t ADD COLUMN b TEXT"}, {3, "nonsense"}};
    EXPECT_THROW(migrate(database, kThird, 3, kBroken), Error);
    EXPECT_EQ(database.version(), 1);
    EXPECT_THROW(database.prepare("SELECT b FROM t"), Error);
}

TEST_F(MigrationsTest, NewerDatabaseIsRefusedAndUntouched) {
    Database database = open();
    migrate(database, kThird, 3, kSteps);
    EXPECT_THROW(is_current(database, 2), Error);
    EXPECT_THROW(migrate(database, kFirst, 2, kSteps), Error);
    EXPECT_EQ(database.version(), 3);
}

TEST_F(MigrationsTest, OurStepsReachOurVersionWithoutAGap) {
    int expected = 2;
    for (const Migration& step : migrations()) EXPECT_EQ(step.to, expected++);
    EXPECT_EQ(expected, kSchemaVersion + 1);
}

TEST_F(MigrationsTest, OurSchemaUsesWal) {
    Database database = open();
    migrate(database);
    Statement mode = database.prepare("PRAGMA journal_mode");
    ASSERT_TRUE(mode.step());
    EXPECT_EQ(mode.text(0), "wal");
    Statement keys = database.prepare("PRAGMA foreign_keys");
    ASSERT_TRUE(keys.step());
    EXPECT_EQ(keys.integer(0), 1);
}

}  // namespace
}  // namespace mincs::db
