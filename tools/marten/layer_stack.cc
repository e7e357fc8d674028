// See layer_stack.hh.
#include "tools/marten/layer_stack.hh"

#include <map>
#include <set>

#include "db/layer_keys.hh"
#include "libcore/base/log.hh"
#include "libcore/fs/merged.hh"
#include "libcore/layer/settle.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

/// The same layer for one more place, from bytes that are here.
LayerJob again(const LayerJob& job, const stdfs::path& blob, const stdfs::path& directory) {
    LayerJob copy;
    copy.descriptor = job.descriptor;
    copy.diff_id = job.diff_id;
    copy.blob = blob;
    copy.stored_blob = job.used_stored_blob ? job.stored_blob : job.blob;
    copy.directory = directory;
    copy.limits = job.limits;
    return copy;
}

}  // namespace

std::vector<StackedLayer> make_stack(const std::vector<Digest>& diff_ids) {
    const std::vector<Digest> chain = db::chain_ids(diff_ids);
    std::vector<StackedLayer> stack;
    for (std::size_t i = 0; i < diff_ids.size(); ++i)
        stack.push_back({diff_ids[i], chain[i], "", {}, false});
    return stack;
}

std::vector<LayerJob> name_layers(std::vector<StackedLayer>& stack,
                                  const std::vector<LayerJob>& jobs, const stdfs::path& scratch) {
    std::vector<LayerJob> more;
    std::set<std::size_t> taken;
    for (std::size_t i = 0; i < stack.size(); ++i) {
        StackedLayer& layer = stack[i];
        if (!layer.job) continue;
        const LayerJob& job = jobs[*layer.job];
        layer.depends = !job.result.notes.empty();
        layer.key = layer.depends ? layer.chain_id.hex() : layer.diff_id.hex();
        if (!layer.depends || taken.insert(*layer.job).second) continue;
        layer.job = jobs.size() + more.size();
        more.push_back(again(job, scratch / fmt::format("blob-again-{}", i),
                             scratch / fmt::format("layer-again-{}", i)));
    }
    return more;
}

void settle_on(const std::vector<stdfs::path>& below, const stdfs::path& directory,
               layer::ApplyResult& result, const layer::ApplyLimits& limits_of_layer,
               const StopSignals& stop) {
    layer::ApplyLimits limits = limits_of_layer;
    limits.claim = [&](std::int64_t bytes) {
        stop.check();
        if (limits_of_layer.claim) limits_of_layer.claim(bytes);
    };
    const fs::RootDir layer(Fd(check(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                                     "opening '{}'", directory.native())),
                            "the layer");
    if (below.empty()) return layer::settle_layer(layer, nullptr, result, limits);
    std::vector<std::string> topmost_first;
    for (auto each = below.rbegin(); each != below.rend(); ++each)
        topmost_first.push_back(each->native());
    const fs::RootDir merged = fs::open_merged(topmost_first, "the layers below");
    layer::settle_layer(layer, &merged, result, limits);
}

void settle_stack(db::Store& store, const std::vector<StackedLayer>& stack,
                  std::vector<LayerJob>& jobs, const std::string& action, const StopSignals& stop) {
    std::vector<db::Layer> so_far;
    std::map<std::string, stdfs::path> directories;
    for (const StackedLayer& layer : stack) {
        LayerJob* job = layer.job ? &jobs[*layer.job] : nullptr;
        if (job && layer.depends) {
            debug("layer {}: depends on those below it", layer.diff_id.short_hex());
            std::vector<stdfs::path> below;
            for (const std::string& key : db::visible_layers(so_far))
                below.push_back(directories.at(key));
            try {
                settle_on(below, job->directory, job->result, job->limits, stop);
            } catch (const Error&) {
                throw in_context(
                    fmt::format("{}: layer {}", action, job->descriptor.digest.short_hex()));
            }
        }
        directories.emplace(layer.key, job ? job->directory : store.layout().layer(layer.key));
        db::Layer& row = so_far.emplace_back();
        row.key = layer.key;
        row.opaque = job ? job->result.opaque_root : db::find_layer(store, layer.key)->opaque;
    }
}

}  // namespace mincs::marten
