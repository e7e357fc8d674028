#include "db/database.hh"

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class DatabaseTest : public testing::Test {
 protected:
    DatabaseTest() : database_(Database::create(directory_.path() / "test.db")) {
        database_.execute("CREATE TABLE t (a INTEGER, b TEXT) STRICT");
    }
    std::int64_t rows() {
        Statement statement = database_.prepare("SELECT count(*) FROM t");
        statement.step();
        return statement.integer(0);
    }
    TempDir directory_;
    Database database_;
};

TEST_F(DatabaseTest, ValuesComeBackAsTheyWent) {
    const std::string text("with a \0 inside", 15);
    database_.run("INSERT INTO t VALUES (?, ?)", std::int64_t{-1} << 40, text);
    database_.run("INSERT INTO t VALUES (?, ?)", 2, std::string_view());
    database_.run("INSERT INTO t VALUES (?, ?)", 3, std::optional<std::string>());
    Statement row = database_.prepare("SELECT a, b FROM t ORDER BY rowid");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), std::int64_t{-1} << 40);
    EXPECT_EQ(row.text(1), text);
    ASSERT_TRUE(row.step());
    EXPECT_FALSE(row.is_null(1));
    ASSERT_TRUE(row.step());
    EXPECT_TRUE(row.is_null(1));
    EXPECT_FALSE(row.step());
}

TEST_F(DatabaseTest, StatementForgetsValuesOfTheCallBefore) {
    Statement insert = database_.prepare("INSERT INTO t VALUES (?, ?)");
    insert.bind(1, "one").run();
    insert.bind(2, std::optional<std::string>()).run();
    Statement row = database_.prepare("SELECT b FROM t WHERE a = 2");
    ASSERT_TRUE(row.step());
    EXPECT_TRUE(row.is_null(0));
}

TEST_F(DatabaseTest, TransactionRollsBackOnAnException) {
    EXPECT_THROW(
        {
            Transaction transaction(database_);
            database_.run("INSERT INTO t VALUES (1, 'x')");
            throw Error("in the middle");
        },
        Error);
    EXPECT_EQ(rows(), 0);
    Transaction transaction(database_);
    database_.run("INSERT INTO t VALUES (1, 'x')");
    transaction.commit();
    EXPECT_EQ(rows(), 1);
}

TEST_F(DatabaseTest, WrongSqlIsAnErrorWithItsReason) {
    EXPECT_NE(error_of([&] { database_.prepare("SELECT nonsense FROM t"); }).find("no such column"),
              std::string::npos);
}

TEST_F(DatabaseTest, MissingFileIsNothingAndOtherTroubleAnError) {
    EXPECT_FALSE(Database::open_if_exists(directory_.path() / "missing.db"));
    EXPECT_FALSE(Database::open_if_exists(directory_.path() / "no/such/place.db"));
    EXPECT_THROW(Database::open_if_exists(directory_.path()), Error);
}

TEST_F(DatabaseTest, FileThatIsNoDatabaseIsAnError) {
    const auto path = directory_.path() / "garbage.db";
    write_file_atomic(path, std::string(8192, 'x'));
    auto database = Database::open_if_exists(path);
    ASSERT_TRUE(database);
    EXPECT_NE(error_of([&] { database->version(); }).find("not a database"), std::string::npos);
}

}  // namespace
}  // namespace mincs::db
