// See database.hh.
#include "db/database.hh"

#include <sqlite3.h>

#include "libcore/base/error.hh"

namespace mincs::db {
namespace {

constexpr int kBusyMilliseconds = 10'000;
/// The log is copied into the database when it has this many pages. Whoever opens the store while
/// nobody else does reads the whole log (2 us a page), whoever fills it pays two fsyncs: this is
/// where the sum is least.
constexpr int kCheckpointPages = 200;

[[noreturn]] void fail(sqlite3* connection, std::string_view what) {
    throw Error("{}: {}", what, sqlite3_errmsg(connection));
}

void configure(sqlite3* connection) {
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, kBusyMilliseconds);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // The last one to close would otherwise copy the log into the database and fsync both; the log
    // is copied when it has grown to kCheckpointPages instead (sqlite.org/wal.html, section 3.1),
    // or by those who sync anyway (empty_log_on_close).
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_autocheckpoint(connection, kCheckpointPages);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

void Statement::bind_one(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_.get(), index, value) != SQLITE_OK)
        fail(sqlite3_db_handle(statement_.get()), "binding a number");
}

void Statement::bind_one(int index, std::string_view value) {
    // An empty string_view may hold a null pointer, which SQLite would take for NULL.
    const char* data = value.empty() ? "" : value.data();
    if (sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8) != SQLITE_OK)
        fail(sqlite3_db_handle(statement_.get()), "binding a text");
}

bool Statement::step() {
    const int status = sqlite3_step(statement_.get());
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    fail(sqlite3_db_handle(statement_.get()), "using the store's database");
}

void Statement::run() {
    while (step()) {
    }
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text_view(int column) const {
    const unsigned char* data = sqlite3_column_text(statement_.get(), column);
    if (!data) return {};
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return {reinterpret_cast<const char*>(data), size};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* connection) const {
    if (empties_log && sqlite3_total_changes(connection) > 0) {
        sqlite3_busy_timeout(connection, 0);
        sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                  nullptr);
    }
    sqlite3_close_v2(connection);
}

Database Database::open(const std::filesystem::path& path, int flags, int& status) {
    sqlite3* connection = nullptr;
    status = sqlite3_open_v2(path.c_str(), &connection,
                             flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(connection);
    if (!connection) throw Error("opening '{}': out of memory", path.native());
    if (status == SQLITE_OK) configure(connection);
    return database;
}

std::optional<Database> Database::open_if_exists(const std::filesystem::path& path) {
    int status = SQLITE_OK;
    Database database = open(path, 0, status);
    if (status == SQLITE_OK) return database;
    const int code = sqlite3_system_errno(database.connection_.get());
    if (code == ENOENT || code == ENOTDIR) return std::nullopt;
    throw SysError(code, "opening '{}'", path.native());
}

Database Database::create(const std::filesystem::path& path) {
    int status = SQLITE_OK;
    Database database = open(path, SQLITE_OPEN_CREATE, status);
    if (status != SQLITE_OK)
        throw SysError(sqlite3_system_errno(database.connection_.get()), "creating '{}'",
                       path.native());
    return database;
}

void Database::execute(const char* sql) {
    if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(connection_.get(), "using the store's database");
}

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr) != SQLITE_OK)
        fail(connection_.get(), "using the store's database");
    return Statement(statement);
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(connection_.get()) == 0;
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(connection_.get());
}

int Database::version() {
    Statement statement = prepare("PRAGMA user_version");
    statement.step();
    return static_cast<int>(statement.integer(0));
}

Transaction::Transaction(Database& database) : database_(&database) {
    database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!database_) return;
    try {
        database_->execute("ROLLBACK");
    } catch (const Error&) {
        // SQLite has rolled back by itself (a full disk, out of memory); there is nothing left to
        // undo.
    }
}

Snapshot::Snapshot(Database& database)
    : database_(database.in_transaction() ? nullptr : &database) {
    if (database_) database_->execute("BEGIN");
}

Snapshot::~Snapshot() {
    if (!database_) return;
    try {
        database_->execute("ROLLBACK");
    } catch (const Error&) {
        // SQLite has ended it already; nothing was written.
    }
}

void Transaction::commit() {
    // A COMMIT that fails leaves the transaction open: the destructor rolls it back.
    database_->execute("COMMIT");
    database_ = nullptr;
}

}  // namespace mincs::db
