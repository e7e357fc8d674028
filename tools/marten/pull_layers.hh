// The middle of a pull: several layers at a time, each downloaded, hashed, kept and unpacked in one
// pass. Knows no store and no registry: blobs come from a function, files go to a staging
// directory.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/progress.hh"
#include "libcore/layer/layer_apply.hh"
#include "libregistry/client.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// Streams a blob's bytes; throws Error where they are not what the descriptor says. Thread-safe.
using BlobFetcher = std::function<void(const registry::Descriptor&, const registry::BlobSink&)>;

/// One layer to fetch.
struct LayerJob {
    registry::Descriptor descriptor;
    Digest diff_id;
    std::filesystem::path blob;       ///< where the compressed bytes go
    std::filesystem::path directory;  ///< where it is unpacked; empty: the tar is checked only
    layer::ApplyResult result;        ///< filled in
};

/// Fetches all; each job's blob and directory are whole then. Throws the first failure, which
/// begins with `action` ("pulling 'debian'") and names the layer, after all threads have ended;
/// what is in the staging directory is then worth nothing.
void fetch_layers(const std::string& action, const BlobFetcher& fetch, std::vector<LayerJob>& jobs,
                  Progress& progress, const StopSignals& stop);

}  // namespace mincs::marten
