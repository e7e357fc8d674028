// See oci_source.hh.
#include "libimage/oci_source.hh"

#include <algorithm>

#include "libcore/base/json.hh"
#include "libimage/names.hh"

namespace mincs::image {
namespace {

std::string blob_path(const Digest& digest) {
    return fmt::format("blobs/{}/{}", digest.algorithm_name(), digest.hex());
}

std::optional<std::string> name_of(const LayoutEntry& entry) {
    if (!entry.image_name.empty()) return docker_name(entry.image_name, entry.descriptor.digest);
    return layout_name(entry.ref_name, entry.descriptor.digest);
}

bool is_wanted(const LayoutEntry& entry, const std::string& wanted) {
    if (wanted.empty()) return entry.is_image;
    if (entry.ref_name == wanted || entry.image_name == wanted) return true;
    const auto name = name_of(entry);
    return name && name == docker_name(wanted, entry.descriptor.digest);
}

std::vector<std::string> labels(const std::vector<LayoutEntry>& entries) {
    std::vector<std::string> names;
    for (const LayoutEntry& entry : entries)
        if (entry.is_image)
            add_name(names, !entry.ref_name.empty()     ? entry.ref_name
                            : !entry.image_name.empty() ? entry.image_name
                                                        : entry.descriptor.digest.to_string());
    return names;
}

}  // namespace

OciSource::OciSource(std::shared_ptr<const Members> members, std::string wanted)
    : members_(std::move(members)), wanted_(std::move(wanted)) {
    const Json layout = parse_json(read_document(*members_, "oci-layout"), name());
    const std::string version = json_string(layout, "imageLayoutVersion", name());
    if (!version.starts_with("1."))
        throw Error("{}: an OCI layout of the unknown version '{}'", name(),
                    printable(version.substr(0, 100)));
}

bool OciSource::is_layout(const Members& members) {
    return members.find("oci-layout") && members.find("index.json");
}

std::vector<OfferedImage> OciSource::images() {
    const std::vector<LayoutEntry> entries =
        parse_layout_index(read_document(*members_, "index.json"), name());
    std::vector<OfferedImage> images;
    std::size_t bytes = 0;
    for (const LayoutEntry& entry : entries) {
        if (!is_wanted(entry, wanted_)) continue;
        // An image with several names stands there several times.
        auto known = std::find_if(images.begin(), images.end(), [&](const OfferedImage& image) {
            return image.document.digest == entry.descriptor.digest;
        });
        if (known == images.end()) {
            known = images.insert(images.end(), {{}, fetch_document(entry.descriptor)});
            bytes += known->document.raw.size();
            if (bytes > kMaxDocumentBytes)
                throw Error("{}: its manifests have more than {} MiB", name(),
                            kMaxDocumentBytes >> 20);
        }
        add_name(known->names, name_of(entry));
    }
    if (!images.empty()) return images;
    if (wanted_.empty()) throw Error("{}: there is no image in it", name());
    throw Error("{}: there is no image '{}' in it but {}", name(), printable(wanted_),
                entries.empty() ? "none" : list_of_names(labels(entries)));
}

bool OciSource::has(const Descriptor& descriptor) const {
    return members_->find(blob_path(descriptor.digest)).has_value();
}

Member OciSource::find_blob(const Descriptor& descriptor) const {
    if (auto member = members_->find(blob_path(descriptor.digest))) return std::move(*member);
    throw Error("{}: the blob {} is not in it", name(), descriptor.digest.to_string());
}

Document OciSource::fetch_document(const Descriptor& descriptor) {
    if (descriptor.size > static_cast<std::int64_t>(kSmallFile))
        throw Error("{}: {} bytes are no manifest", name(), descriptor.size);
    if (!has(descriptor))
        throw Error("{}: the manifest {} is not in it", name(), descriptor.digest.to_string())
            .with_hint("it may list more platforms than it holds: '--platform' chooses one");
    return checked_document(descriptor, read_start(find_blob(descriptor), kSmallFile + 1, name()),
                            name());
}

void OciSource::fetch_blob(const Descriptor& descriptor, const BlobSink& sink) {
    read_checked(find_blob(descriptor), descriptor, name(), sink);
}

}  // namespace mincs::image
