// The SQLite wrapper: a connection, statements with typed values, transactions that roll back
// unless committed. This header is the only one that knows SQLite; tables and rules stand
// elsewhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace mincs::db {

/// One prepared statement; finalised when it goes. Parameters and columns count from 1 and 0, as in
/// SQLite.
class Statement {
 public:
    /// Binds all parameters, first to last: whole numbers, text, or an optional of them (nothing is
    /// NULL). Resets the statement first, so one statement serves many calls.
    template <typename... Args>
    Statement& bind(const Args&... args) {
        reset();
        int index = 0;
        (bind_one(++index, args), ...);
        return *this;
    }
    /// True: a row is there. Throws Error.
    bool step();
    /// Runs to the end; for statements without rows.
    void run();

    std::int64_t integer(int column) const;
    std::string text(int column) const { return std::string(text_view(column)); }  ///< "" for NULL
    std::string_view text_view(int column) const;  ///< the same; valid until the next step()
    bool is_null(int column) const;

 private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    void reset();
    void bind_one(int index, std::int64_t value);
    void bind_one(int index, std::string_view value);
    template <typename T>
    void bind_one(int index, const std::optional<T>& value) {
        if (value) bind_one(index, *value);  // an unbound parameter is NULL
    }
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection, for one thread. Waits up to 10 s for another process's write; enforces foreign
/// keys; leaves the write-ahead log in place at close, so that a short-lived program never waits
/// for the disk there.
class Database {
 public:
    /// Nothing where the file does not exist.
    static std::optional<Database> open_if_exists(const std::filesystem::path& path);
    static Database create(const std::filesystem::path& path);

    /// Runs SQL text of one or more statements.
    void execute(const char* sql);
    Statement prepare(std::string_view sql);
    /// Prepares and binds.
    template <typename... Args>
    Statement query(std::string_view sql, const Args&... args) {
        Statement statement = prepare(sql);
        statement.bind(args...);
        return statement;
    }
    /// Prepares, binds and runs to the end.
    template <typename... Args>
    void run(std::string_view sql, const Args&... args) {
        query(sql, args...).run();
    }
    /// Rows the last INSERT, UPDATE or DELETE touched.
    std::int64_t changes() const;
    bool in_transaction() const;
    /// If this connection has written, it copies the log into the database when it closes, unless
    /// somebody reads just then: two fsyncs, and the next one to open finds nothing to read.
    void empty_log_on_close() { connection_.get_deleter().empties_log = true; }
    /// PRAGMA user_version: the schema's number; 0 in a new file.
    int version();

 private:
    struct Close {
        Close() : empties_log(false) {}
        bool empties_log;
        void operator()(sqlite3* connection) const;
    };
    explicit Database(sqlite3* connection) : connection_(connection) {}
    static Database open(const std::filesystem::path& path, int flags, int& status);
    std::unique_ptr<sqlite3, Close> connection_;
};

/// BEGIN IMMEDIATE: the write lock is taken at the start, where waiting for it is safe; a
/// transaction that reads first and writes later may be refused without any waiting. Rolls back
/// unless committed.
class Transaction {
 public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    ~Transaction();
    void commit();

 private:
    Database* database_;
};

/// All that is read while it lives is of one moment; within a transaction that is its moment.
class Snapshot {
 public:
    explicit Snapshot(Database& database);
    Snapshot(const Snapshot&) = delete;
    ~Snapshot();

 private:
    Database* database_;
};

}  // namespace mincs::db
