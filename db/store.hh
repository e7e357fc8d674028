// The store: its directory tree and its SQLite database. One value, handed down; no global.
#pragma once

#include <optional>

#include "db/database.hh"
#include "db/layout.hh"

namespace mincs::db {

/// kFull: a commit survives a power cut (synchronous=FULL), for what records images. kFast: it
/// survives a crash of the process, and a power cut leaves the database whole but maybe without the
/// last commits (synchronous=NORMAL), for the start of a container.
enum class Durability { kFull, kFast };

class Store {
 public:
    /// Creates the tree (mode 0700 at its top) and the database where missing, and migrates the
    /// schema. Throws Error where the database is newer than this program.
    static Store open(Layout layout, Durability durability);
    /// The same, but a database that is there is opened by the first who asks it something.
    static Store open_lazily(Layout layout, Durability durability);

    const Layout& layout() const { return layout_; }
    Database& database() {
        if (!database_) open_database();
        return *database_;
    }

 private:
    Store(Layout layout, Durability durability)
        : layout_(std::move(layout)), durability_(durability) {}
    void open_database();

    Layout layout_;
    Durability durability_;
    std::optional<Database> database_;
};

}  // namespace mincs::db
