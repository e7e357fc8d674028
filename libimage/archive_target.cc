// See archive_target.hh.
#include "libimage/archive_target.hh"

#include <algorithm>

#include "libcore/base/json.hh"
#include "libregistry/reference.hh"

namespace mincs::image {
namespace {

std::string path_of(const Digest& digest) {
    return fmt::format("blobs/{}/{}", digest.algorithm_name(), digest.hex());
}

/// As docker writes it: short for its own hub, nothing for a pinned image.
std::vector<std::string> repo_tags(const std::vector<std::string>& names) {
    std::vector<std::string> tags;
    for (const std::string& name : names) {
        const auto reference = registry::Reference::parse(name);
        if (!reference.digest) tags.push_back(reference.familiar_name());
    }
    return tags;
}

}  // namespace

ArchiveTarget::ArchiveTarget(ArchiveForm form, const std::string& path, std::string tag)
    : form_(form),
      tag_(std::move(tag)),
      file_(path),
      sink_([this](std::string_view bytes) { file_.write(bytes); }),
      tar_(sink_) {}

void ArchiveTarget::begin_file(const std::string& path, std::int64_t size) {
    layer::TarEntry entry;
    entry.path = path;
    entry.mode = 0644;
    entry.size = size;
    tar_.begin(entry);
}

void ArchiveTarget::write_file(const std::string& path, std::string_view content) {
    begin_file(path, static_cast<std::int64_t>(content.size()));
    tar_.write(content);
}

void ArchiveTarget::begin_blob(const Digest& digest, std::int64_t size) {
    const std::string directory = fmt::format("blobs/{}/", digest.algorithm_name());
    for (const std::string& path : {std::string("blobs/"), directory}) {
        if (!directories_.insert(path).second) continue;
        layer::TarEntry entry;
        entry.path = path;
        entry.type = layer::EntryType::kDirectory;
        entry.mode = 0755;
        tar_.begin(entry);
    }
    begin_file(path_of(digest), size);
    blobs_.insert(digest);
}

BlobOutcome ArchiveTarget::put_blob(Source& source, const Descriptor& descriptor) {
    if (blobs_.contains(descriptor.digest)) return BlobOutcome::kWasThere;
    begin_blob(descriptor.digest, descriptor.size);
    source.fetch_blob(descriptor, [this](std::string_view piece) { tar_.write(piece); });
    return BlobOutcome::kCopied;
}

void ArchiveTarget::put_document(const Document& document, const std::vector<std::string>& names,
                                 bool is_root) {
    const Descriptor descriptor = descriptor_of(document, name());
    if (!blobs_.contains(descriptor.digest)) {
        begin_blob(descriptor.digest, descriptor.size);
        tar_.write(document.raw);
    }
    if (!is_root) return;
    if (tag_.empty())
        index_.add(descriptor, names);
    else
        index_.add_tagged(descriptor, tag_);
    if (form_ != ArchiveForm::kDocker) return;
    registry::Manifest manifest =
        registry::parse_manifest(document.raw, document.media_type, name());
    docker_items_.push_back(
        {std::move(manifest.config), repo_tags(names), std::move(manifest.layers)});
}

std::string ArchiveTarget::docker_manifest() const {
    Json list = Json::array();
    for (const DockerItem& item : docker_items_) {
        Json layers = Json::array();
        for (const Descriptor& layer : item.layers) layers.push_back(path_of(layer.digest));
        list.push_back({{"Config", path_of(item.config.digest)},
                        {"RepoTags", item.names.empty() ? Json() : Json(item.names)},
                        {"Layers", std::move(layers)}});
    }
    return dump_json(list);
}

void ArchiveTarget::finish() {
    write_file("index.json", index_.to_json());
    if (form_ == ArchiveForm::kDocker) write_file("manifest.json", docker_manifest());
    write_file("oci-layout", kLayoutFile);
    tar_.finish();
    file_.commit();
}

}  // namespace mincs::image
