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

/// db/schema.sql as of version 1, with two images in it that share a layer.
constexpr const char* kVersion1 = R"(
CREATE TABLE layers (
    key TEXT PRIMARY KEY NOT NULL, diff_id TEXT NOT NULL, size INTEGER NOT NULL,
    entries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE blobs (
    digest TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE images (
    id TEXT PRIMARY KEY NOT NULL, config TEXT NOT NULL, manifest_digest TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE image_layers (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    layer_key TEXT NOT NULL REFERENCES layers (key), PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_layers_by_layer ON image_layers (layer_key);
CREATE TABLE image_blobs (
    image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES blobs (digest), PRIMARY KEY (image_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_blobs_by_blob ON image_blobs (digest);
CREATE TABLE names (
    name TEXT PRIMARY KEY NOT NULL, image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_image ON names (image_id);
CREATE TABLE containers (
    id TEXT PRIMARY KEY NOT NULL, name TEXT UNIQUE, image_id TEXT REFERENCES images (id),
    root TEXT NOT NULL, command TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX containers_by_image ON containers (image_id);
INSERT INTO layers VALUES ('k1', 'd1', 100, 1), ('k2', 'd2', 30, 1);
INSERT INTO images VALUES ('one', '{"of":"one"}', 'm1', 5), ('two', '{"of":"two"}', 'm2', 6);
INSERT INTO image_layers VALUES ('one', 0, 'k1'), ('two', 0, 'k1'), ('two', 1, 'k2'),
    ('two', 2, 'k1');
INSERT INTO names VALUES ('a:latest', 'one');
INSERT INTO containers VALUES ('c', NULL, 'one', 'a', 'sh', 7);
)";

/// All columns and indexes of all tables.
std::string shape_of(Database& database) {
    Statement row = database.prepare(
        "SELECT t.name, c.name, c.type, c.\"notnull\", coalesce(c.dflt_value, '-'), c.pk "
        "FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c "
        "WHERE t.type IN ('table', 'index') ORDER BY t.name, c.cid");
    std::string shape;
    while (row.step()) {
        for (int i = 0; i < 6; ++i) shape += row.text(i) + " ";
        shape += "\n";
    }
    return shape;
}

TEST_F(MigrationsTest, StoreOfVersion1BecomesWhatANewOneIs) {
    Database old = open();
    migrate(old, kVersion1, 1, {});
    migrate(old);
    Database fresh = Database::create(directory_.path() / "fresh.db");
    migrate(fresh);
    EXPECT_EQ(shape_of(old), shape_of(fresh));
    Statement row =
        old.prepare("SELECT id, size, json FROM images JOIN configs ON image_id = id ORDER BY id");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(1), 100);
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.text(0), "two");
    EXPECT_EQ(row.integer(1), 130);
    EXPECT_EQ(row.text(2), "{\"of\":\"two\"}");
    EXPECT_TRUE(old.prepare("SELECT 1 FROM names WHERE image_id = 'one'").step());
    EXPECT_TRUE(old.prepare("SELECT 1 FROM containers WHERE image_id = 'one'").step());
    EXPECT_FALSE(old.prepare("SELECT 1 FROM container_roots").step());
    EXPECT_FALSE(old.prepare("PRAGMA foreign_key_check").step());
    old.run("DELETE FROM images WHERE id = 'two'");
    EXPECT_FALSE(old.prepare("SELECT 1 FROM configs WHERE image_id = 'two'").step());
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
