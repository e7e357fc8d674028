// The layers of an image as a stack. Each is unpacked by itself; the few whose tars leave something
// open (layer/settle.hh) are finished here over those below, bottom-up, and get the key of their
// place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/images.hh"
#include "tools/marten/layer_attempt.hh"

namespace mincs::marten {

/// Memory for what the tars of one image leave open: some ten thousand hard links into other
/// layers. (A directory without an entry takes none.)
constexpr std::int64_t kNotesMemory = std::int64_t{4} << 20;

/// A layer at its place in an image.
struct StackedLayer {
    Digest diff_id;
    Digest chain_id;
    std::string key;                 ///< in the store; empty until it is known
    std::optional<std::size_t> job;  ///< what unpacks it; nothing: its files are in the store
    bool depends = false;            ///< of those that are unpacked: on the layers below
};

/// Lowest first, without keys and jobs.
std::vector<StackedLayer> make_stack(const std::vector<Digest>& diff_ids);

/// After the jobs are done: gives those layers their keys that come with them. Of a layer that
/// depends on those below, each place needs files of its own: `stack` then has numbers of jobs that
/// are to be done besides, which are returned. Each unpacks the first one's blob to a directory
/// below `scratch`.
std::vector<LayerJob> name_layers(std::vector<StackedLayer>& stack,
                                  const std::vector<LayerJob>& jobs,
                                  const std::filesystem::path& scratch);

/// Finishes all that depend on the layers below. Throws Error that begins with `action` and names
/// the layer; the jobs' directories are then worth nothing.
void settle_stack(db::Store& store, const std::vector<StackedLayer>& stack,
                  std::vector<LayerJob>& jobs, const std::string& action, const StopSignals& stop);

/// Finishes one, which was unpacked to `directory` with `result`, over directories of layers,
/// lowest first.
void settle_on(const std::vector<std::filesystem::path>& below,
               const std::filesystem::path& directory, layer::ApplyResult& result,
               const layer::ApplyLimits& limits, const StopSignals& stop);

}  // namespace mincs::marten
