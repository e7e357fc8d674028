// marten pull: asks a registry about an image and hands it to the store (store_image.hh).
#include <cstdio>

#include "libcore/base/log.hh"
#include "libregistry/client.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/platform_note.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/store_image.hh"

namespace mincs::marten {
namespace {

/// The image's ID where it is here, whole, and what the registry has. Asks by HEAD, which no quota
/// counts, and of a digest, which always means the same, not at all.
std::optional<std::string> find_up_to_date(db::Store& store, registry::Client& client,
                                           const registry::Reference& reference,
                                           const registry::Platform& platform) {
    const std::string name = pulled_image_name(reference);
    if (!db::has_name(store, name)) return std::nullopt;
    db::Origin origin{"", platform.to_string()};
    if (reference.digest) {
        origin.digest = reference.digest->to_string();
    } else {
        debug("'{}' is here, asking '{}' what it means now", name, reference.api_host());
        const auto now = client.head_manifest(reference);
        if (!now) return std::nullopt;
        origin.digest = now->digest.to_string();
    }
    const auto id = db::find_pulled(store, name, origin);
    return id && db::is_whole(store, *id) ? id : std::nullopt;
}

ImageToStore ask_registry(registry::Client& client, const registry::Reference& reference,
                          const registry::Platform& platform) {
    const std::string name = reference.to_string();
    debug("asking '{}' for the manifest of '{}'", reference.api_host(), name);
    ImageToStore image;
    image.action = fmt::format("pulling '{}'", name);
    image.names = {pulled_image_name(reference)};
    registry::Document document = client.fetch_document(reference);
    image.origin = {document.digest.to_string(), platform.to_string()};
    image.manifest = client.fetch_manifest(reference, std::move(document));
    debug("manifest {}: {} layers, config {}", image.manifest.digest.to_string(),
          image.manifest.layers.size(), image.manifest.config.digest.to_string());
    image.config = client.fetch_small_blob(reference, image.manifest.config);
    note_other_platform(image.action, image.config, platform);
    return image;
}

std::string pull_one(db::Store& store, registry::Client& client,
                     const registry::Reference& reference, const PullOptions& options,
                     const StopSignals& stop) {
    if (const auto id = find_up_to_date(store, client, reference, options.platform)) {
        if (!options.quiet)
            write_log_line("", fmt::format("'{}' is up to date", reference.to_string()));
        return *id;
    }
    const ImageToStore image = ask_registry(client, reference, options.platform);
    const BlobFetcher fetch = [&](const registry::Descriptor& descriptor,
                                  const registry::BlobSink& sink, registry::BlobStart start) {
        client.fetch_blob(reference, descriptor, sink, std::move(start));
    };
    StoreImageOptions store_options;
    store_options.quiet = options.quiet;
    store_options.resumable = true;
    store_options.max_size = options.max_size;
    return store_image(store, image, fetch, store_options, stop);
}

}  // namespace

void execute(const PullOptions& options, const StopSignals& stop) {
    registry::ClientOptions client_options;
    client_options.platform = options.platform;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    // All names are checked before anything is fetched.
    std::vector<registry::Reference> references;
    for (const std::string& typed : options.references) references.push_back(client.resolve(typed));
    db::Store store = open_for_writing();
    for (const registry::Reference& reference : references) {
        stop.check();
        const std::string id = pull_one(store, client, reference, options, stop);
        std::puts(id.c_str());
        std::fflush(stdout);
    }
}

}  // namespace mincs::marten
