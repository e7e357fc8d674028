// The middle of a pull: several layers at a time, each downloaded, hashed, kept and unpacked in one
// pass (layer_attempt.hh). Knows no store and no registry: blobs come from a function, files go to
// where the jobs say.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/progress.hh"
#include "tools/marten/layer_attempt.hh"

namespace mincs::marten {

/// Fetches all; each job's blob and directory are whole then. Throws the first failure, which
/// begins with `action` ("pulling 'debian'") and names the layer, after all threads have ended; the
/// directories are then worth nothing. Resumable blobs stay where only the source or a signal broke
/// the work off, and go where their bytes or this machine are to blame.
void fetch_layers(const std::string& action, const BlobFetcher& fetch, std::vector<LayerJob>& jobs,
                  Progress& progress, const StopSignals& stop);

/// Deletes what is there of the jobs' resumable blobs.
void discard_blobs(const std::vector<LayerJob>& jobs);

}  // namespace mincs::marten
