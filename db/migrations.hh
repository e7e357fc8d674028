// The schema's versions: a new database gets schema.sql as it stands; an old one walks up the
// numbered steps; one from the future is refused and left alone.
#pragma once

#include <span>

#include "db/database.hh"

namespace mincs::db {

/// What turns version `to - 1` into version `to`.
struct Migration {
    int to;
    const char* sql;
};

/// db/schema.sql, embedded by the build.
extern const char* const kSchemaSql;
/// The version schema.sql describes.
inline constexpr int kSchemaVersion = 4;
/// Our own steps, in order, from 2 to kSchemaVersion.
std::span<const Migration> migrations();

/// True where nothing is to be done; one query. Throws Error where the database is newer than
/// `version`.
bool is_current(Database& database, int version = kSchemaVersion);
/// Brings the database to `version`, all in one transaction: either `schema` (version 0) or the
/// steps above its present version. Safe where several processes try at once.
void migrate(Database& database, const char* schema = kSchemaSql, int version = kSchemaVersion,
             std::span<const Migration> steps = migrations());

}  // namespace mincs::db
