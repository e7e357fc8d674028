// See manifest.hh. Platforms are in platform.cc.
#include "libregistry/manifest.hh"

#include <array>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::registry {
namespace {

constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view kDockerSchema1 = "application/vnd.docker.distribution.manifest.v1+";

/// What an image's config may call itself; octet-stream stands in images of docker 1.10's first
/// days.
constexpr std::array<std::string_view, 3> kImageConfigs = {
    "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
    "application/octet-stream"};

/// Beyond what any kernel mounts (overlayfs: 500) and any builder makes.
constexpr std::size_t kMaxLayers = 1000;
constexpr std::size_t kMaxIndexEntries = 1000;
/// 1 PiB; so that the sum over all layers of an image cannot overflow.
constexpr std::int64_t kMaxBlobSize = std::int64_t{1} << 50;

enum class Kind { kUnknown, kIndex, kManifest };

Kind kind_of(std::string_view media_type) {
    if (media_type == kOciIndex || media_type == kDockerList) return Kind::kIndex;
    if (media_type == kOciManifest || media_type == kDockerManifest) return Kind::kManifest;
    return Kind::kUnknown;
}

/// Without "; charset=utf-8".
std::string_view bare_type(std::string_view media_type) {
    media_type = media_type.substr(0, media_type.find(';'));
    const std::size_t end = media_type.find_last_not_of(" \t");
    return end == std::string_view::npos ? "" : media_type.substr(0, end + 1);
}

[[noreturn]] void refuse_schema1(std::string_view what) {
    throw Error(
        "{}: the registry has it only as a Docker schema 1 manifest, an unsafe format "
        "given up years ago",
        what)
        .with_hint("have it pushed again with a current docker, podman or skopeo");
}

Json parse_document(std::string_view raw, std::string_view media_type, std::string_view what) {
    if (bare_type(media_type).starts_with(kDockerSchema1)) refuse_schema1(what);
    Json document = parse_json(raw, what);
    if (!document.is_object()) throw Error("{}: the manifest is not a JSON object", what);
    const std::int64_t version = json_int(document, "schemaVersion", what);
    if (version == 1) refuse_schema1(what);
    if (version != 2) throw Error("{}: manifest of the unknown schema version {}", what, version);
    // One document that two readers could take for two things (CVE-2021-41190).
    if (document.contains("manifests") &&
        (document.contains("layers") || document.contains("config")))
        throw Error("{}: the document is both an index and a manifest", what);
    return document;
}

/// The document's own word on its kind goes before the HTTP header's; both must not contradict.
Kind document_kind(const Json& document, std::string_view media_type, std::string_view what) {
    const std::string own = json_string_if(document, "mediaType", what).value_or("");
    const Kind by_header = kind_of(bare_type(media_type));
    const Kind by_itself = kind_of(own);
    if (by_header != Kind::kUnknown && by_itself != Kind::kUnknown && by_header != by_itself)
        throw Error("{}: the registry calls it '{}', but it calls itself '{}'", what,
                    printable(bare_type(media_type)), printable(own));
    const Kind by_content = document.contains("manifests") ? Kind::kIndex : Kind::kManifest;
    const Kind said = by_itself != Kind::kUnknown ? by_itself : by_header;
    if (said != Kind::kUnknown && said != by_content)
        throw Error("{}: the document is not what its media type says", what);
    if (own.starts_with(kDockerSchema1)) refuse_schema1(what);
    if (!own.empty() && by_itself == Kind::kUnknown)
        throw Error("{}: neither an image nor an index but '{}'", what,
                    printable(own.substr(0, 200)));
    return by_content;
}

Platform parse_platform(const Json& object, std::string_view what) {
    return {json_string(object, "os", what), json_string(object, "architecture", what),
            json_string_if(object, "variant", what).value_or("")};
}

Descriptor parse_descriptor(const Json& object, std::string_view what) {
    if (!object.is_object()) throw Error("{}: a descriptor is not a JSON object", what);
    Descriptor descriptor;
    descriptor.media_type = json_string(object, "mediaType", what);
    const std::string digest = json_string(object, "digest", what);
    try {
        descriptor.digest = Digest::parse(digest);
    } catch (const Error& error) {
        throw Error("{}: {}", what, error.what());
    }
    descriptor.size = json_int(object, "size", what);
    if (descriptor.size < 0 || descriptor.size > kMaxBlobSize)
        throw Error("{}: {} bytes is no size for {}", what, descriptor.size,
                    descriptor.digest.to_string());
    descriptor.urls = json_strings_if(object, "urls", what);
    const auto platform = object.find("platform");
    if (platform != object.end() && !platform->is_null())
        descriptor.platform = parse_platform(*platform, what);
    return descriptor;
}

std::vector<Descriptor> parse_descriptors(const Json& document, const char* key, std::size_t limit,
                                          std::string_view what) {
    const auto list = document.find(key);
    if (list == document.end() || !list->is_array())
        throw Error("{}: '{}' is missing or not a list", what, key);
    if (list->size() > limit) throw Error("{}: more than {} {}", what, limit, key);
    std::vector<Descriptor> descriptors;
    for (const Json& item : *list) descriptors.push_back(parse_descriptor(item, what));
    return descriptors;
}

void check_is_image(const Json& document, const Manifest& manifest, std::string_view what) {
    const std::string& type = manifest.config.media_type;
    bool image = false;
    for (const std::string_view known : kImageConfigs) image = image || type == known;
    if (image) return;
    const std::string artifact = json_string_if(document, "artifactType", what).value_or("");
    throw Error("{}: not a container image but an artifact of type '{}'", what,
                printable((artifact.empty() ? type : artifact).substr(0, 200)));
}

void check_is_layer(const Descriptor& layer, std::string_view what) {
    const std::string& type = layer.media_type;
    const bool tar = type.starts_with("application/vnd.oci.image.layer.") ||
                     type.starts_with("application/vnd.docker.image.rootfs.");
    if (type.ends_with("+encrypted"))
        throw Error("{}: layer {} is encrypted", what, layer.digest.to_string());
    if (!tar)
        throw Error("{}: layer {} is no file system layer but '{}'", what, layer.digest.to_string(),
                    printable(type.substr(0, 200)));
}

}  // namespace

bool is_index(std::string_view media_type, std::string_view raw, std::string_view what) {
    return document_kind(parse_document(raw, media_type, what), media_type, what) == Kind::kIndex;
}

Manifest parse_manifest(std::string_view raw, std::string_view media_type, std::string_view what) {
    const Json document = parse_document(raw, media_type, what);
    if (document_kind(document, media_type, what) != Kind::kManifest)
        throw Error("{}: an index stands where an image's manifest should", what);
    Manifest manifest;
    manifest.media_type = json_string_if(document, "mediaType", what).value_or("");
    if (manifest.media_type.empty()) manifest.media_type = kOciManifest;
    manifest.raw = raw;
    manifest.digest = Digest::of(raw);
    const auto config = document.find("config");
    if (config == document.end()) throw Error("{}: 'config' is missing", what);
    manifest.config = parse_descriptor(*config, what);
    check_is_image(document, manifest, what);
    manifest.layers = parse_descriptors(document, "layers", kMaxLayers, what);
    for (const Descriptor& layer : manifest.layers) check_is_layer(layer, what);
    return manifest;
}

std::vector<Descriptor> blobs_of_manifest(std::string_view raw, std::string_view what) {
    const Json document = parse_document(raw, "", what);
    if (document_kind(document, "", what) != Kind::kManifest)
        throw Error("{}: an index stands where an image's manifest should", what);
    const auto config = document.find("config");
    if (config == document.end()) throw Error("{}: 'config' is missing", what);
    std::vector<Descriptor> blobs = parse_descriptors(document, "layers", kMaxLayers, what);
    blobs.insert(blobs.begin(), parse_descriptor(*config, what));
    return blobs;
}

Index parse_index(std::string_view raw, std::string_view what) {
    const Json document = parse_document(raw, "", what);
    if (document_kind(document, "", what) != Kind::kIndex)
        throw Error("{}: a manifest stands where an index should", what);
    return {parse_descriptors(document, "manifests", kMaxIndexEntries, what)};
}

}  // namespace mincs::registry
