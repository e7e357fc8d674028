// See store.hh. Opening a store that is there costs one open and one query; everything else is for
// the first time and for a new release.
#include "db/store.hh"

#include <sys/stat.h>

#include "db/migrations.hh"
#include "libcore/base/files.hh"

namespace mincs::db {
namespace {

/// The database comes last: where it is, the tree is.
Database create(const Layout& layout) {
    make_directories(layout.base(), 0700);
    for (const auto& directory :
         {layout.locks(), layout.blobs(), layout.blobs() / "sha256", layout.blobs() / "sha512",
          layout.layers(), layout.containers(), layout.staging()})
        make_directories(directory, 0700);
    const FileLock lock = FileLock::acquire(layout.schema_lock());
    Database database = Database::create(layout.database());
    if (!is_current(database)) migrate(database);
    return database;
}

Database open_or_create(const Layout& layout) {
    if (auto database = Database::open_if_exists(layout.database())) {
        // Version 0: another process is creating it this very moment, or was killed doing so.
        if (is_current(*database)) return std::move(*database);
    }
    return create(layout);
}

}  // namespace

Store::Store(Layout layout, Database database)
    : layout_(std::move(layout)), database_(std::move(database)) {}

Store Store::open(Layout layout, Durability durability) {
    Database database = open_or_create(layout);
    database.execute(durability == Durability::kFull ? "PRAGMA synchronous = FULL"
                                                     : "PRAGMA synchronous = NORMAL");
    if (durability == Durability::kFull) database.empty_log_on_close();
    return Store(std::move(layout), std::move(database));
}

}  // namespace mincs::db
