// marten remote inspect: an image as its registry tells it, without fetching a layer.
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libregistry/client.hh"
#include "tools/marten/commands.hh"

namespace mincs::marten {
namespace {

Json as_json(const registry::Descriptor& descriptor) {
    Json object = {{"media_type", descriptor.media_type},
                   {"digest", descriptor.digest.to_string()},
                   {"size", descriptor.size}};
    if (descriptor.platform) object["platform"] = descriptor.platform->to_string();
    if (!descriptor.urls.empty()) object["urls"] = descriptor.urls;
    return object;
}

Json as_json(const std::vector<registry::Descriptor>& descriptors) {
    Json list = Json::array();
    for (const registry::Descriptor& descriptor : descriptors) list.push_back(as_json(descriptor));
    return list;
}

Json as_json(const registry::Manifest& manifest) {
    std::int64_t size = manifest.config.size;
    for (const registry::Descriptor& layer : manifest.layers) size += layer.size;
    return {{"media_type", manifest.media_type},
            {"digest", manifest.digest.to_string()},
            {"config", as_json(manifest.config)},
            {"layers", as_json(manifest.layers)},
            {"size", size}};
}

Json inspect(registry::Client& client, const registry::Reference& reference,
             const registry::Document& document) {
    const std::string what = fmt::format("inspecting '{}'", reference.to_string());
    Json result = {{"name", reference.to_string()},
                   {"digest", document.digest.to_string()},
                   {"media_type", document.media_type}};
    if (registry::is_index(document.media_type, document.raw, what))
        result["platforms"] = as_json(registry::parse_index(document.raw, what).manifests);
    const registry::Manifest manifest = client.fetch_manifest(reference, document);
    result["manifest"] = as_json(manifest);
    result["config"] = parse_json(client.fetch_small_blob(reference, manifest.config),
                                  fmt::format("the config of '{}'", reference.to_string()));
    return result;
}

}  // namespace

void execute(const RemoteInspect& options, const StopSignals& stop) {
    registry::ClientOptions client_options;
    client_options.platform = options.platform;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    const registry::Reference reference = client.resolve(options.reference);
    const registry::Document document = client.fetch_document(reference);
    const std::string text =
        options.raw ? document.raw : dump_json(inspect(client, reference, document), 2) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace mincs::marten
