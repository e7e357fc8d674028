// marten pull: from a name to an image in the store. execute() at the end is the whole story;
// nothing of the image is visible before its last step, and a failure anywhere leaves the store as
// it was.
#include <cstdio>
#include <set>

#include "db/record.hh"
#include "db/sweep.hh"
#include "libcore/base/log.hh"
#include "libregistry/client.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/pull_layers.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

/// What the registry says about the image, checked against itself.
struct RemoteImage {
    registry::Reference reference;
    registry::Manifest manifest;
    std::string config;  ///< JSON
    std::vector<Digest> diff_ids;
};

/// A manifest that no index led to may be for any machine.
void tell_other_platform(const std::string& name, const db::ImageConfig& config,
                         const registry::Platform& wanted) {
    if (config.architecture.empty() ||
        (config.os == wanted.os && config.architecture == wanted.architecture))
        return;
    warning("'{}' is for {}/{} and not for {}, pulling it all the same", name, printable(config.os),
            printable(config.architecture), wanted.to_string());
}

RemoteImage ask_registry(registry::Client& client, const registry::Reference& reference,
                         const registry::Platform& platform) {
    const std::string name = reference.to_string();
    debug("asking '{}' for the manifest of '{}'", reference.api_host(), name);
    RemoteImage image{reference, client.fetch_manifest(reference), {}, {}};
    debug("manifest {}: {} layers, config {}", image.manifest.digest.to_string(),
          image.manifest.layers.size(), image.manifest.config.digest.to_string());
    image.config = client.fetch_small_blob(reference, image.manifest.config);
    const db::ImageConfig config =
        db::ImageConfig::parse(image.config, fmt::format("the config of '{}'", name));
    tell_other_platform(name, config, platform);
    image.diff_ids = config.diff_ids;
    if (image.diff_ids.size() != image.manifest.layers.size())
        throw Error("'{}' is damaged: its manifest has {} layers, its config {}", name,
                    image.manifest.layers.size(), image.diff_ids.size());
    return image;
}

/// Every layer and blob the image consists of, for the locks.
std::vector<std::string> keys_of(const RemoteImage& image) {
    std::vector<std::string> keys = {image.manifest.digest.hex(),
                                     image.manifest.config.digest.hex()};
    for (const auto& layer : image.manifest.layers) keys.push_back(layer.digest.hex());
    for (const Digest& diff_id : image.diff_ids) keys.push_back(diff_id.hex());
    return keys;
}

db::KeyLocks lock_parts(const db::Store& store, const RemoteImage& image, bool quiet,
                        const StopSignals& stop) {
    const auto tell = [&] {
        if (!quiet) write_log_line("", "waiting for another process that pulls the same layers");
    };
    return db::KeyLocks::acquire(store, keys_of(image), tell, [&] { return stop.flag().load(); });
}

/// Of each layer what the store lacks: its files, its compressed form, or nothing.
std::vector<LayerJob> missing_layers(db::Store& store, const db::Staging& staging,
                                     const RemoteImage& image, Progress& progress) {
    std::vector<LayerJob> jobs;
    std::set<Digest> files_coming, blobs_coming;
    for (std::size_t i = 0; i < image.diff_ids.size(); ++i) {
        const Digest& diff_id = image.diff_ids[i];
        const registry::Descriptor& descriptor = image.manifest.layers[i];
        const bool has_files =
            db::has_layer(store, diff_id.hex()) || files_coming.contains(diff_id);
        const bool has_blob =
            db::has_blob(store, descriptor.digest) || blobs_coming.contains(descriptor.digest);
        if (has_files && has_blob) {
            const auto task =
                progress.start(descriptor.digest.hex().substr(0, 12), descriptor.size);
            task.advance(descriptor.size);
            task.finish("already here");
            continue;
        }
        files_coming.insert(diff_id);
        blobs_coming.insert(descriptor.digest);
        const auto directory = staging.path() / fmt::format("layer-{}", i);
        jobs.push_back({descriptor,
                        diff_id,
                        staging.path() / fmt::format("blob-{}", i),
                        has_files ? std::filesystem::path() : directory,
                        {}});
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
db::NewImage assemble(const db::Staging& staging, const RemoteImage& remote,
                      const std::vector<LayerJob>& jobs) {
    db::NewImage image;
    image.name = pulled_image_name(remote.reference);
    image.config = remote.config;
    image.manifest_digest = remote.manifest.digest.to_string();
    for (const Digest& diff_id : remote.diff_ids) image.layer_keys.push_back(diff_id.hex());
    image.blobs.push_back(
        stage_blob(staging, "manifest", remote.manifest.digest, remote.manifest.raw));
    image.blobs.push_back(
        stage_blob(staging, "config", remote.manifest.config.digest, remote.config));
    std::set<Digest> staged;
    for (const LayerJob& job : jobs) {
        staged.insert(job.descriptor.digest);
        image.blobs.push_back({job.descriptor.digest, job.blob, job.descriptor.size});
        if (!job.directory.empty())
            image.layers.push_back({job.diff_id.hex(), job.diff_id, job.directory, job.result.bytes,
                                    job.result.entries});
    }
    for (const auto& descriptor : remote.manifest.layers)
        if (staged.insert(descriptor.digest).second)
            image.blobs.push_back({descriptor.digest, {}, descriptor.size});
    return image;
}

std::string pull_one(db::Store& store, registry::Client& client,
                     const registry::Reference& reference, const PullOptions& options,
                     const StopSignals& stop) {
    const bool quiet = options.quiet;
    const RemoteImage remote = ask_registry(client, reference, options.platform);
    // From here to the commit nobody else fetches, places or deletes one of these parts.
    const db::KeyLocks locks = lock_parts(store, remote, quiet, stop);
    const db::Staging staging = db::Staging::create(store);
    std::vector<LayerJob> jobs;
    {
        Progress progress(Progress::style_for_stderr(quiet));
        jobs = missing_layers(store, staging, remote, progress);
        const BlobFetcher fetch = [&](const registry::Descriptor& descriptor,
                                      const registry::BlobSink& sink) {
            client.fetch_blob(reference, descriptor, sink);
        };
        fetch_layers(reference.to_string(), fetch, jobs, progress, stop);
    }
    debug("all is here: syncing, renaming into place, recording");
    return db::record_image(store, staging, assemble(staging, remote, jobs));
}

}  // namespace

void execute(const PullOptions& options, const StopSignals& stop) {
    // All names are checked before anything is fetched.
    std::vector<registry::Reference> references;
    for (const std::string& typed : options.references)
        references.push_back(registry::Reference::parse(typed));
    db::Store store = open_for_writing();
    registry::ClientOptions client_options;
    client_options.platform = options.platform;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    for (const registry::Reference& reference : references) {
        stop.check();
        const std::string id = pull_one(store, client, reference, options, stop);
        std::puts(id.c_str());
        std::fflush(stdout);
    }
}

}  // namespace mincs::marten
