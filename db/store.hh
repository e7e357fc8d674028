// The store: its directory tree and its SQLite database, opened together. One value, handed down;
// no global.
#pragma once

#include <memory>
#include <string>

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

    const Layout& layout() const { return layout_; }
    Database& database() { return database_; }

 private:
    Store(Layout layout, Database database);
    Layout layout_;
    Database database_;
};

}  // namespace mincs::db
