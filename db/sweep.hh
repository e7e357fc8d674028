// Reclaims what nobody owns any more: staging directories of dead processes, layers and blobs no
// image names, directories without a row. Never waits for another process and never touches what
// one is working on. The quick look, at every marten command that writes, does not depend on how
// much is in the store; it becomes a thorough one where a process has died over its work.
#pragma once

#include <cstdint>

#include "db/store.hh"
#include "db/trash.hh"

namespace mincs::db {

struct SweepOptions {
    bool everything = false;    ///< look for layers and blobs without an owner in any case
    bool all_partials = false;  ///< take parts of blobs that are younger than a week, too
    bool measure = false;       ///< count SweepResult::bytes
    Deletion deletion = Deletion::kWait;
};

struct SweepResult {
    std::int64_t staging = 0;  ///< directories of killed processes
    std::int64_t layers = 0;
    std::int64_t blobs = 0;
    std::int64_t partials = 0;
    std::int64_t containers = 0;  ///< directories without a row, and rows without a directory
    std::int64_t bytes = 0;       ///< on disk, of all that
};

/// The store must be open with Durability::kFull: a row must be gone for good before its files go.
/// With Deletion::kBackground it may fork: in a process without threads only.
SweepResult sweep(Store& store, const SweepOptions& options = {});

}  // namespace mincs::db
