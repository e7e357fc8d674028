// See docker_source.hh. Format: docker's image/spec/v1.2.md; the layout beside it came with docker
// 25.
#include "libimage/docker_source.hh"

#include <algorithm>
#include <functional>

#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "libcore/layer/inflate.hh"
#include "libimage/names.hh"

namespace mincs::image {
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr std::size_t kMaxImages = 1000;
constexpr std::size_t kMaxLayers = 1000;
constexpr std::size_t kMaxNames = 1000;

std::vector<Digest> diff_ids_of(std::string_view config, std::string_view what) {
    const Json document = parse_json(config, what);
    if (!document.is_object() || !document.contains("rootfs"))
        throw Error("{}: not an image's configuration", what);
    std::vector<Digest> diff_ids;
    for (const std::string& text : json_strings_if(document["rootfs"], "diff_ids", what))
        diff_ids.push_back(Digest::parse(text));
    return diff_ids;
}

/// Most archives call a config by its digest ("HEX.json", "blobs/sha256/HEX"); then it must have
/// it.
void check_named_digest(const std::string& path, const Digest& digest, const std::string& what) {
    std::string_view base = path;
    base.remove_prefix(std::min(base.rfind('/') + 1, base.size()));
    if (base.starts_with("sha256:")) base.remove_prefix(7);
    if (base.ends_with(".json")) base.remove_suffix(5);
    const bool is_digest = base.size() == digest.hex().size() &&
                           base.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (is_digest && base != digest.hex())
        throw Error("{}: '{}' is damaged: its content has the digest {}", what, printable(path),
                    digest.to_string());
}

/// The layer's own digest and size, read from what is there.
Descriptor measure(const Member& member, std::string_view what) {
    Hasher hasher;
    read_member(member, what, [&](std::string_view piece) { hasher.update(piece); });
    Descriptor descriptor;
    descriptor.digest = hasher.finish();
    descriptor.size = member.size;
    return descriptor;
}

}  // namespace

/// An entry of manifest.json.
struct DockerSource::Item {
    std::string config;
    std::vector<std::string> names;
    std::vector<std::string> layers;

    static std::vector<Item> parse_all(std::string_view raw, std::string_view what) {
        const Json list = parse_json(raw, what);
        if (!list.is_array() || list.empty() || list.size() > kMaxImages)
            throw Error("{}: its manifest.json is no list of images", what);
        std::vector<Item> items;
        for (const Json& json : list) {
            Item item{json_string(json, "Config", what), json_strings_if(json, "RepoTags", what),
                      json_strings_if(json, "Layers", what)};
            if (item.layers.size() > kMaxLayers || item.names.size() > kMaxNames)
                throw Error("{}: an image in it has more than {} layers or names", what,
                            kMaxLayers);
            items.push_back(std::move(item));
        }
        return items;
    }

    bool has_name(const std::string& wanted, const Digest& manifest) const {
        const auto name = docker_name(wanted, manifest);
        return std::any_of(names.begin(), names.end(), [&](const std::string& own) {
            return own == wanted || (name && docker_name(own, manifest) == name);
        });
    }
};

DockerSource::DockerSource(std::shared_ptr<const Members> members, std::string wanted)
    : members_(std::move(members)), wanted_(std::move(wanted)) {
    if (OciSource::is_layout(*members_)) layout_ = std::make_unique<OciSource>(members_);
}

bool DockerSource::is_archive(const Members& members) {
    return members.find(kManifest).has_value();
}

std::vector<OfferedImage> DockerSource::images() {
    if (!is_archive(*members_))
        throw Error("{}: it has no manifest.json, so it is no docker-archive", name());
    if (layout_) collect_originals();
    const std::vector<Item> items = Item::parse_all(read_document(*members_, kManifest), name());
    std::vector<OfferedImage> images;
    std::vector<std::string> all_names;
    std::size_t bytes = 0;
    for (const Item& item : items) {
        all_names.insert(all_names.end(), item.names.begin(), item.names.end());
        if (!wanted_.empty() && !item.has_name(wanted_, {})) continue;
        OfferedImage image{{}, document_of(item)};
        for (const std::string& text : item.names)
            add_name(image.names, docker_name(text, image.document.digest));
        bytes += image.document.raw.size();
        if (bytes > kMaxDocumentBytes)
            throw Error("{}: its manifests have more than {} MiB", name(), kMaxDocumentBytes >> 20);
        images.push_back(std::move(image));
    }
    if (images.empty())
        throw Error("{}: there is no image '{}' in it but {}", name(), printable(wanted_),
                    all_names.empty() ? "one without a name" : list_of_names(all_names));
    return images;
}

/// The manifests of the layout, also those in indexes, whose blobs are all here: of an image for
/// several platforms some may have been left out.
void DockerSource::collect_originals() {
    std::size_t seen = 0, bytes = 0;
    const std::function<void(const Descriptor&, int)> collect = [&](const Descriptor& descriptor,
                                                                    int depth) {
        if (!is_document_type(descriptor.media_type) || !layout_->has(descriptor)) return;
        bytes += static_cast<std::size_t>(descriptor.size);
        if (depth > kMaxIndexDepth || ++seen > kMaxDocuments || bytes > kMaxDocumentBytes)
            throw Error("{}: indexes nested too deep, or too many", name());
        const Document document = layout_->fetch_document(descriptor);
        if (registry::is_index(document.media_type, document.raw, name())) {
            for (const Descriptor& child : registry::parse_index(document.raw, name()).manifests)
                collect(child, depth + 1);
            return;
        }
        const std::vector<Descriptor> blobs = registry::blobs_of_manifest(document.raw, name());
        const bool whole = std::all_of(blobs.begin(), blobs.end(),
                                       [&](const Descriptor& blob) { return layout_->has(blob); });
        if (whole) originals_.try_emplace(blobs.front().digest, document);
    };
    for (const LayoutEntry& entry :
         parse_layout_index(read_document(*members_, "index.json"), name()))
        collect(entry.descriptor, 0);
}

Document DockerSource::document_of(const Item& item) {
    const std::string config = read_document(*members_, item.config);
    Descriptor config_descriptor;
    config_descriptor.media_type = kOciConfigType;
    config_descriptor.digest = Digest::of(config);
    config_descriptor.size = static_cast<std::int64_t>(config.size());
    check_named_digest(item.config, config_descriptor.digest, name());
    paths_[config_descriptor.digest] = item.config;
    if (const auto original = originals_.find(config_descriptor.digest);
        original != originals_.end()) {
        debug("{}: found the manifest {}", name(), original->second.digest.to_string());
        return original->second;
    }
    const std::vector<Digest> diff_ids =
        diff_ids_of(config, fmt::format("{}: '{}'", name(), printable(item.config)));
    if (diff_ids.size() != item.layers.size())
        throw Error("{}: an image in it is damaged: it has {} layers, its config says {}", name(),
                    item.layers.size(), diff_ids.size());
    std::vector<Descriptor> layers;
    for (std::size_t i = 0; i < diff_ids.size(); ++i)
        layers.push_back(layer_descriptor(item.layers[i], diff_ids[i]));
    return make_manifest(config_descriptor, layers);
}

/// A plain tar is its DiffID, which is checked when it is fetched; a compressed one is read once to
/// learn its digest.
Descriptor DockerSource::layer_descriptor(const std::string& path, const Digest& diff_id) {
    const auto member = members_->find(path);
    if (!member)
        throw Error("{}: its layer '{}' is not in it", name(), printable(path.substr(0, 300)));
    const auto compression = layer::detect_compression(read_start(*member, 16, name()));
    Descriptor descriptor;
    descriptor.media_type = kOciLayerType;
    switch (compression) {
        case layer::Compression::kNone:
            descriptor.digest = diff_id;
            descriptor.size = member->size;
            break;
        case layer::Compression::kGzip:
        case layer::Compression::kZstd: {
            const auto known = layers_.find(path);
            if (known != layers_.end()) return known->second;
            descriptor = measure(*member, name());
            descriptor.media_type = kOciLayerType;
            descriptor.media_type += compression == layer::Compression::kGzip ? "+gzip" : "+zstd";
            break;
        }
        default:
            throw Error("{}: its layer '{}' is compressed in a way that images do not use", name(),
                        printable(path.substr(0, 300)));
    }
    layers_[path] = descriptor;
    paths_[descriptor.digest] = path;
    return descriptor;
}

Document DockerSource::fetch_document(const Descriptor& descriptor) {
    if (layout_) return layout_->fetch_document(descriptor);
    throw Error("{}: the manifest {} is not in it", name(), descriptor.digest.to_string());
}

void DockerSource::fetch_blob(const Descriptor& descriptor, const BlobSink& sink) {
    const auto path = paths_.find(descriptor.digest);
    if (path == paths_.end()) {
        if (layout_) return layout_->fetch_blob(descriptor, sink);
        throw Error("{}: the blob {} is not in it", name(), descriptor.digest.to_string());
    }
    const auto member = members_->find(path->second);
    if (!member) throw Error("{}: '{}' is not in it", name(), printable(path->second));
    read_checked(*member, descriptor, name(), sink);
}

}  // namespace mincs::image
