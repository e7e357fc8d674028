// See migrations.hh. To change the schema: edit schema.sql, raise kSchemaVersion, and add the step
// below that takes an existing store there; a unit test walks the steps from version 1 and compares
// both results.
#include "db/migrations.hh"

#include "libcore/base/error.hh"

namespace mincs::db {
namespace {

/// A list of images reads neither configs nor layers; layers know more about themselves.
constexpr const char* kTo2 = R"(
CREATE TABLE configs (
    image_id  TEXT PRIMARY KEY NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    json      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO configs (image_id, json) SELECT id, config FROM images;
ALTER TABLE images DROP COLUMN config;
ALTER TABLE images ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE images SET size = (SELECT coalesce(sum(size), 0) FROM layers WHERE key IN
    (SELECT layer_key FROM image_layers WHERE image_id = images.id));
ALTER TABLE layers ADD COLUMN disk INTEGER;
ALTER TABLE layers ADD COLUMN depends INTEGER NOT NULL DEFAULT 0;
ALTER TABLE layers ADD COLUMN opaque INTEGER NOT NULL DEFAULT 0;
ALTER TABLE names ADD COLUMN remote_digest TEXT;
ALTER TABLE names ADD COLUMN remote_platform TEXT;
)";

/// A container may stand on several images.
constexpr const char* kTo3 = R"(
CREATE TABLE container_roots (
    container_id  TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    image_id      TEXT REFERENCES images (id),
    directory     TEXT NOT NULL,
    PRIMARY KEY (container_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX container_roots_by_image ON container_roots (image_id);
)";

/// Containers may be in a network with others.
constexpr const char* kTo4 = R"(
CREATE TABLE networks (
    name        TEXT PRIMARY KEY NOT NULL,
    bridge      TEXT NOT NULL UNIQUE,
    subnet4     TEXT NOT NULL,
    subnet6     TEXT NOT NULL,
    internal    INTEGER NOT NULL DEFAULT 0,
    last        INTEGER NOT NULL DEFAULT 1,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE leases (
    container_id  TEXT PRIMARY KEY NOT NULL,
    network       TEXT NOT NULL REFERENCES networks (name),
    number        INTEGER NOT NULL,
    names         TEXT NOT NULL,
    directory     TEXT NOT NULL,
    UNIQUE (network, number)
) STRICT, WITHOUT ROWID;
)";

constexpr Migration kMigrations[] = {{2, kTo2}, {3, kTo3}, {4, kTo4}};

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

bool is_current(Database& database, int version) {
    const int found = database.version();
    if (found > version)
        throw Error("the store's database has version {}, this program knows {}", found, version)
            .with_hint("a newer release made this store: use that one, or set MINCS_DIR elsewhere");
    return found == version;
}

void migrate(Database& database, const char* schema, int version,
             std::span<const Migration> steps) {
    // Outside of a transaction by SQLite's rules; the mode is kept in the file, so once is enough.
    database.execute("PRAGMA journal_mode = WAL");
    Transaction transaction(database);
    // Asked again now that the write lock is held: another process may have been faster.
    if (is_current(database, version)) return;
    const int found = database.version();
    if (found == 0) {
        database.execute(schema);
    } else {
        for (const Migration& step : steps)
            if (step.to > found && step.to <= version) database.execute(step.sql);
    }
    database.execute(fmt::format("PRAGMA user_version = {}", version).c_str());
    transaction.commit();
}

}  // namespace mincs::db
