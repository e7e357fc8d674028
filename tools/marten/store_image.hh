// The way of an image into the store, wherever it comes from: takes the locks of all its parts,
// fetches and unpacks what the store lacks, records the whole. Nothing of the image is visible
// before the last step, and a failure anywhere leaves the store as it was.
#pragma once

#include <string>
#include <vector>

#include "db/record.hh"
#include "tools/marten/pull_layers.hh"
#include "tools/marten/space_budget.hh"

namespace mincs::marten {

/// An image as its source describes it; the layers' bytes come from a BlobFetcher.
struct ImageToStore {
    std::string action;              ///< begins errors: "pulling 'docker.io/library/debian:latest'"
    std::vector<std::string> names;  ///< whole references; they move here from other images
    db::Origin origin;               ///< of the names
    registry::Manifest manifest;
    std::string config;  ///< JSON; its digest is manifest.config's
};

struct StoreImageOptions {
    bool quiet = false;  ///< no progress
    /// The source is slow to fetch from: what came of a blob is kept where the work breaks off, and
    /// used by the next one who wants it.
    bool resumable = false;
    std::optional<std::int64_t> max_size;  ///< bytes of uncompressed layers
};

/// Returns the image's ID. Throws Error, also where manifest and config contradict each other.
/// Waits where another process fetches the same layers, and then takes what it fetched.
std::string store_image(db::Store& store, const ImageToStore& image, const BlobFetcher& fetch,
                        const StoreImageOptions& options, const StopSignals& stop);

}  // namespace mincs::marten
