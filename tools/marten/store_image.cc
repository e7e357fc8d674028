// See store_image.hh. store_image() at the end is the whole story.
#include "tools/marten/store_image.hh"

#include <algorithm>
#include <map>
#include <set>

#include "db/layer_keys.hh"
#include "db/record.hh"
#include "libcore/base/log.hh"
#include "tools/marten/layer_stack.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

std::vector<Digest> checked_diff_ids(const ImageToStore& image) {
    const db::ImageConfig config =
        db::ImageConfig::parse(image.config, fmt::format("{}: its config", image.action));
    if (config.diff_ids.size() != image.manifest.layers.size())
        throw Error("{}: it is damaged: its manifest has {} layers, its config {}", image.action,
                    image.manifest.layers.size(), config.diff_ids.size());
    return config.diff_ids;
}

/// Every layer and blob the image consists of, for the locks. Which of a layer's two keys it gets
/// shows when it is unpacked.
std::vector<std::string> keys_of(const ImageToStore& image,
                                 const std::vector<StackedLayer>& stack) {
    std::vector<std::string> keys = {image.manifest.digest.hex(),
                                     image.manifest.config.digest.hex()};
    for (const auto& layer : image.manifest.layers) keys.push_back(layer.digest.hex());
    for (const StackedLayer& layer : stack) {
        keys.push_back(layer.diff_id.hex());
        keys.push_back(layer.chain_id.hex());
    }
    return keys;
}

db::KeyLocks lock_parts(const db::Store& store, const std::vector<std::string>& keys, bool quiet,
                        const StopSignals& stop) {
    const auto tell = [&] {
        if (!quiet) write_log_line("", "waiting for another process that pulls the same layers");
    };
    return db::KeyLocks::acquire(store, keys, tell, [&] { return stop.flag().load(); });
}

void make_partial_directories(const db::Store& store) {
    for (const DigestAlgorithm algorithm : {DigestAlgorithm::kSha256, DigestAlgorithm::kSha512})
        make_directories(store.layout().partial(Digest::of("", algorithm)).parent_path(), 0700);
}

/// Bytes of compressed layers that are still to come.
std::int64_t bytes_to_come(const std::vector<LayerJob>& jobs) {
    std::int64_t bytes = 0;
    for (const LayerJob& job : jobs) {
        if (!job.stored_blob.empty()) continue;
        std::error_code none;
        const auto kept = job.resumable ? std::filesystem::file_size(job.blob, none) : 0;
        bytes += job.descriptor.size - (none ? 0 : static_cast<std::int64_t>(kept));
    }
    return bytes;
}

void expect_room(const std::string& action, const SpaceBudget& budget,
                 const std::vector<LayerJob>& jobs) {
    try {
        budget.expect(bytes_to_come(jobs));
    } catch (const SysError&) {
        throw in_context(action);
    }
}

/// Of each layer what the store lacks: its files, its compressed form, or nothing.
std::vector<LayerJob> missing_layers(db::Store& store, const db::Staging& staging,
                                     const ImageToStore& image, std::vector<StackedLayer>& stack,
                                     const layer::ApplyLimits& limits,
                                     const StoreImageOptions& options, Progress& progress) {
    std::vector<LayerJob> jobs;
    std::map<Digest, std::size_t> files_coming;
    std::set<Digest> blobs_coming;
    if (options.resumable) make_partial_directories(store);
    for (std::size_t i = 0; i < stack.size(); ++i) {
        StackedLayer& layer = stack[i];
        const registry::Descriptor& descriptor = image.manifest.layers[i];
        layer.key = db::find_layer_key(store, layer.diff_id, layer.chain_id).value_or("");
        if (layer.key.empty())
            layer.job = files_coming.emplace(layer.diff_id, jobs.size()).first->second;
        const bool has_files = layer.job != jobs.size();
        const bool is_stored = db::has_blob(store, descriptor.digest);
        if (has_files && (is_stored || blobs_coming.contains(descriptor.digest))) {
            const auto task = progress.start(descriptor.digest.short_hex(), descriptor.size);
            task.advance(descriptor.size);
            task.finish("already here");
            continue;
        }
        LayerJob job;
        job.descriptor = descriptor;
        job.diff_id = layer.diff_id;
        job.limits = limits;
        // Two jobs for one blob: the image is damaged, and they must not write the same file.
        const bool is_first = blobs_coming.insert(descriptor.digest).second;
        job.resumable = options.resumable && is_first;
        job.blob = job.resumable ? store.layout().partial(descriptor.digest)
                                 : staging.path() / fmt::format("blob-{}", i);
        if (is_stored) job.stored_blob = store.layout().blob(descriptor.digest);
        if (!has_files) job.directory = staging.path() / fmt::format("layer-{}", i);
        jobs.push_back(std::move(job));
    }
    return jobs;
}

db::NewBlob stage_blob(const db::Staging& staging, const char* name, const Digest& digest,
                       const std::string& content) {
    const auto path = staging.path() / name;
    const Fd fd(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                      "creating '{}'", path.native()));
    write_all(fd.get(), content, path.native());
    return {digest, path, static_cast<std::int64_t>(content.size())};
}

/// The image as the store takes it, with the fetched layers at hand.
db::NewImage assemble(const db::Staging& staging, const ImageToStore& source,
                      const std::vector<StackedLayer>& stack, const std::vector<LayerJob>& jobs) {
    db::NewImage image;
    image.names = source.names;
    image.origin = source.origin;
    image.config = source.config;
    image.manifest_digest = source.manifest.digest.to_string();
    std::set<std::string> keys;
    for (const StackedLayer& layer : stack) {
        image.layer_keys.push_back(layer.key);
        if (!layer.job || !keys.insert(layer.key).second) continue;
        const LayerJob& job = jobs[*layer.job];
        image.layers.push_back({layer.key, layer.diff_id, job.directory, job.result.bytes,
                                job.result.entries, layer.depends, job.result.opaque_root});
    }
    image.blobs.push_back(
        stage_blob(staging, "manifest", source.manifest.digest, source.manifest.raw));
    image.blobs.push_back(
        stage_blob(staging, "config", source.manifest.config.digest, source.config));
    std::set<Digest> staged;
    for (const LayerJob& job : jobs)
        if (staged.insert(job.descriptor.digest).second)
            image.blobs.push_back({job.descriptor.digest,
                                   job.used_stored_blob ? std::filesystem::path() : job.blob,
                                   job.descriptor.size});
    for (const auto& descriptor : source.manifest.layers)
        if (staged.insert(descriptor.digest).second)
            image.blobs.push_back({descriptor.digest, {}, descriptor.size});
    return image;
}

}  // namespace

std::string store_image(db::Store& store, const ImageToStore& image, const BlobFetcher& fetch,
                        const StoreImageOptions& options, const StopSignals& stop) {
    std::vector<StackedLayer> stack = make_stack(checked_diff_ids(image));
    // From here to the commit nobody else fetches, places or deletes one of these parts.
    const db::KeyLocks locks = lock_parts(store, keys_of(image, stack), options.quiet, stop);
    const db::Staging staging = db::Staging::create(store);
    SpaceBudget budget(store.layout().base(), options.max_size);
    layer::ApplyLimits limits;
    limits.claim = [&budget](std::int64_t bytes) { budget.claim(bytes); };
    std::atomic<std::int64_t> room_for_notes = kNotesMemory;
    limits.notes = &room_for_notes;
    std::vector<LayerJob> jobs;
    {
        Progress progress(Progress::style_for_stderr(options.quiet));
        jobs = missing_layers(store, staging, image, stack, limits, options, progress);
        expect_room(image.action, budget, jobs);
        fetch_layers(image.action, fetch, jobs, progress, stop);
        std::vector<LayerJob> more = name_layers(stack, jobs, staging.path());
        fetch_layers(image.action, fetch, more, progress, stop);
        std::move(more.begin(), more.end(), std::back_inserter(jobs));
    }
    try {
        settle_stack(store, stack, jobs, image.action, stop);
        debug("all is here: syncing, renaming into place, recording");
        return db::record_image(store, staging, assemble(staging, image, stack, jobs));
    } catch (...) {
        // Layers that do not fit each other; or a full or failing disk, which needs the space.
        if (!stop.flag()) discard_blobs(jobs);
        throw;
    }
}

}  // namespace mincs::marten
