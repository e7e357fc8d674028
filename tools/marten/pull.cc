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

ImageToStore ask_registry(registry::Client& client, const registry::Reference& reference,
                          const registry::Platform& platform) {
    const std::string name = reference.to_string();
    debug("asking '{}' for the manifest of '{}'", reference.api_host(), name);
    ImageToStore image{fmt::format("pulling '{}'", name),
                       {pulled_image_name(reference)},
                       client.fetch_manifest(reference),
                       {}};
    debug("manifest {}: {} layers, config {}", image.manifest.digest.to_string(),
          image.manifest.layers.size(), image.manifest.config.digest.to_string());
    image.config = client.fetch_small_blob(reference, image.manifest.config);
    note_other_platform(image.action, image.config, platform);
    return image;
}

std::string pull_one(db::Store& store, registry::Client& client,
                     const registry::Reference& reference, const PullOptions& options,
                     const StopSignals& stop) {
    const ImageToStore image = ask_registry(client, reference, options.platform);
    const BlobFetcher fetch = [&](const registry::Descriptor& descriptor,
                                  const registry::BlobSink& sink, registry::BlobStart start) {
        client.fetch_blob(reference, descriptor, sink, std::move(start));
    };
    StoreImageOptions store_options;
    store_options.quiet = options.quiet;
    store_options.resumable = true;
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
