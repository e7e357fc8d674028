// See documents.hh.
#include "libimage/documents.hh"

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::image {
namespace {

/// What BuildKit says about its provenance beside an image.
constexpr const char* kReferenceType = "vnd.docker.reference.type";

Json to_json(const Descriptor& descriptor) {
    Json object = {{"mediaType", descriptor.media_type},
                   {"digest", descriptor.digest.to_string()},
                   {"size", descriptor.size}};
    if (!descriptor.urls.empty()) object["urls"] = descriptor.urls;
    return object;
}

bool is_image_entry(const Json& entry, const Descriptor& descriptor, const Json& annotations,
                    std::string_view what) {
    if (annotations.is_object() && annotations.contains(kReferenceType)) return false;
    if (!json_string_if(entry, "artifactType", what).value_or("").empty()) return false;
    return !descriptor.platform || descriptor.platform->os != "unknown";
}

}  // namespace

std::vector<LayoutEntry> parse_layout_index(std::string_view raw, std::string_view what) {
    const registry::Index index = registry::parse_index(raw, what);
    const Json document = parse_json(raw, what);
    std::vector<LayoutEntry> entries;
    for (std::size_t i = 0; i < index.manifests.size(); ++i) {
        const Json& json = document["manifests"][i];
        LayoutEntry entry;
        entry.descriptor = index.manifests[i];
        const Json annotations = json.value("annotations", Json::object());
        if (!annotations.is_null()) {
            entry.ref_name = json_string_if(annotations, kRefName, what).value_or("");
            entry.image_name = json_string_if(annotations, kImageName, what).value_or("");
        }
        entry.is_image = is_image_entry(json, entry.descriptor, annotations, what);
        entries.push_back(std::move(entry));
    }
    return entries;
}

Document checked_document(const Descriptor& descriptor, std::string raw, std::string_view what) {
    if (static_cast<std::int64_t>(raw.size()) != descriptor.size)
        throw Error("{}: the manifest {} has {} bytes where {} were announced", what,
                    descriptor.digest.to_string(), raw.size(), descriptor.size);
    const Digest digest = Digest::of(raw, descriptor.digest.algorithm());
    if (digest != descriptor.digest)
        throw Error("{}: the manifest {} is damaged: its content has the digest {}", what,
                    descriptor.digest.to_string(), digest.to_string());
    return {descriptor.media_type, std::move(raw), digest};
}

bool is_document_type(std::string_view media_type) {
    return media_type == kOciIndexType || media_type == kOciManifestType ||
           media_type == "application/vnd.docker.distribution.manifest.list.v2+json" ||
           media_type == "application/vnd.docker.distribution.manifest.v2+json";
}

std::string media_type_of(const Document& document, std::string_view what) {
    const Json json = parse_json(document.raw, what);
    const std::string own = json_string_if(json, "mediaType", what).value_or("");
    if (!own.empty()) return own;
    if (!document.media_type.empty() && document.media_type.starts_with("application/vnd."))
        return document.media_type.substr(0, document.media_type.find(';'));
    return json.contains("manifests") ? kOciIndexType : kOciManifestType;
}

Descriptor descriptor_of(const Document& document, std::string_view what) {
    Descriptor descriptor;
    descriptor.media_type = media_type_of(document, what);
    descriptor.digest = document.digest;
    descriptor.size = static_cast<std::int64_t>(document.raw.size());
    return descriptor;
}

Document make_manifest(const Descriptor& config, const std::vector<Descriptor>& layers) {
    Json list = Json::array();
    for (const Descriptor& layer : layers) list.push_back(to_json(layer));
    const Json manifest = {{"schemaVersion", 2},
                           {"mediaType", kOciManifestType},
                           {"config", to_json(config)},
                           {"layers", std::move(list)}};
    Document document{kOciManifestType, dump_json(manifest), {}};
    document.digest = Digest::of(document.raw);
    return document;
}

}  // namespace mincs::image
