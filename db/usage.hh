// What the store takes of the disk, for whom, and how much of it nobody needs: the numbers of
// `marten df`. Reads only and waits for nobody; what others do meanwhile may be in it or not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/images.hh"
#include "db/store.hh"

namespace mincs::db {

/// Things of one kind: how many, and the bytes of their blocks as du(1) counts.
struct Amount {
    std::int64_t count = 0;
    std::int64_t disk = 0;
    void add(std::int64_t bytes) {
        ++count;
        disk += bytes;
    }
    bool operator==(const Amount&) const = default;
};

struct Share {
    Amount all;
    Amount reclaimable;  ///< what of it `marten gc` would take
};

/// Each byte below the store's directory stands in one of these.
struct StoreUsage {
    Share layers;
    Share blobs;
    Share containers;
    Share unfinished;  ///< work in progress, and what killed processes left of theirs
    Share rest;        ///< database, locks, and the directories themselves
    std::int64_t disk() const;
    std::int64_t reclaimable() const;
};

/// `with_unused`: what only unused_images() have is reclaimable, too (`marten gc --all`).
StoreUsage measure_usage(Store& store, bool with_unused = true);

struct ImageUsage {
    ImageSummary image;
    std::int64_t disk = 0;    ///< its layers and blobs
    std::int64_t unique = 0;  ///< what of that no other image has
};

/// All images, oldest first.
std::vector<ImageUsage> measure_images(Store& store);

/// Images that have no name, were not made into a container and are not mounted.
std::vector<std::string> unused_images(Store& store);

}  // namespace mincs::db
