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

void Store::open_database() {
    database_ = open_or_create(layout_);
    database_->execute(durability_ == Durability::kFull ? "PRAGMA synchronous = FULL"
                                                        : "PRAGMA synchronous = NORMAL");
    if (durability_ == Durability::kFull) database_->empty_log_on_close();
}

Store Store::open(Layout layout, Durability durability) {
    Store store(std::move(layout), durability);
    store.open_database();
    return store;
}

Store Store::open_lazily(Layout layout, Durability durability) {
    Store store(std::move(layout), durability);
    struct stat info;
    if (stat(store.layout_.database().c_str(), &info) == -1) store.open_database();
    return store;
}

}  // namespace mincs::db
