// See store_source.hh.
#include "tools/marten/store_source.hh"

#include "db/repair.hh"
#include "libcore/base/error.hh"
#include "libcore/layer/inflate.hh"
#include "libimage/documents.hh"
#include "libimage/members.hh"
#include "libimage/root_source.hh"

namespace mincs::marten {
namespace {

constexpr const char* kRepair = "'marten verify --repair' mends the store";

/// A blob's file, open.
image::Member open_blob(const db::Layout& layout, const Digest& digest, const std::string& what) {
    const auto path = layout.blob(digest);
    const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1 && errno == ENOENT)
        throw Error("{}: its blob {} is missing", what, digest.to_string()).with_hint(kRepair);
    Fd file(check(fd, "opening '{}'", path.native()));
    image::Member member = image::whole_file(file.get());
    member.owned = std::move(file);
    return member;
}

image::Document read_manifest(const db::Layout& layout, const db::Image& image,
                              const std::string& what) {
    const Digest digest = Digest::parse(image.manifest_digest);
    const image::Member member = open_blob(layout, digest, what);
    registry::Descriptor descriptor;
    descriptor.digest = digest;
    descriptor.size = member.size;
    image::Document document{"", "", digest};
    image::read_checked(
        member, descriptor, what, [&](std::string_view piece) { document.raw += piece; }, kRepair);
    return document;
}

/// For an image of one layer that an earlier marten made without a manifest.
image::Document make_manifest(db::Store& store, const db::Image& image, const std::string& what) {
    registry::Descriptor config, layer;
    std::size_t layers = 0;
    for (const db::BlobRow& blob : db::blobs_of_image(store, image.id)) {
        const Digest digest = Digest::parse(blob.digest);
        registry::Descriptor& descriptor = digest.hex() == image.id ? config : layer;
        if (&descriptor == &layer) ++layers;
        descriptor.digest = digest;
        descriptor.size = blob.size;
    }
    if (config.digest.empty() || layers != 1)
        throw Error("{}: it was recorded without a manifest", what)
            .with_hint("make it again: import its files, or commit its container");
    const image::Member member = open_blob(store.layout(), layer.digest, what);
    const bool gzip =
        layer::detect_compression(image::read_start(member, 16, what)) == layer::Compression::kGzip;
    config.media_type = image::kOciConfigType;
    layer.media_type = image::kOciLayerType + std::string(gzip ? "+gzip" : "");
    return image::make_manifest(config, {layer});
}

}  // namespace

StoreSource::StoreSource(db::Store& store, const db::Image& image, std::string_view typed)
    : layout_(store.layout()),
      names_(image.names),
      name_(fmt::format("'{}' in the store", printable(typed))),
      manifest_(image.manifest_digest.empty() ? make_manifest(store, image, name_)
                                              : read_manifest(layout_, image, name_)) {}

std::vector<image::OfferedImage> StoreSource::images() {
    return {{names_, manifest_}};
}

image::Document StoreSource::fetch_document(const image::Descriptor& descriptor) {
    throw Error("{}: the store has no manifest {}", name_, descriptor.digest.to_string());
}

void StoreSource::fetch_blob(const image::Descriptor& descriptor, const image::BlobSink& sink) {
    const image::Member member = open_blob(layout_, descriptor.digest, name_);
    image::read_checked(member, descriptor, name_, sink, kRepair);
}

}  // namespace mincs::marten
