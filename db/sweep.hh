// Reclaims what nobody owns any more: staging directories of dead processes, layers and blobs no
// image names, directories without a row. Runs at every marten command that writes; never waits for
// another process and never touches what one is working on.
#pragma once

#include <cstdint>

#include "db/store.hh"

namespace mincs::db {

struct SweepResult {
    std::int64_t staging = 0;  ///< directories of killed processes
    std::int64_t layers = 0;
    std::int64_t blobs = 0;
    std::int64_t containers = 0;  ///< directories without a row, and rows without a directory
};

/// The store must be open with Durability::kFull: a row must be gone for good before its files go.
SweepResult sweep(Store& store);

}  // namespace mincs::db
