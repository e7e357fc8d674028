// See root_source.hh.
#include "libimage/root_source.hh"

#include <sys/stat.h>

#include "libcore/base/error.hh"
#include "libcore/layer/inflate.hh"
#include "libimage/documents.hh"

namespace mincs::image {
namespace {

std::string layer_type(layer::Compression compression, const std::string& name) {
    switch (compression) {
        case layer::Compression::kNone:
            return kOciLayerType;
        case layer::Compression::kGzip:
            return kOciLayerType + std::string("+gzip");
        case layer::Compression::kZstd:
            return kOciLayerType + std::string("+zstd");
        default:
            throw Error("{}: it is compressed in a way that layers of images are not", name);
    }
}

struct Layer {
    Descriptor descriptor;
    Digest diff_id;
};

Layer measure(const Member& whole, const std::string& name, const std::atomic<bool>* cancelled) {
    Hasher blob, diff_id;
    layer::Inflater inflater([&](std::string_view plain) { diff_id.update(plain); });
    read_member(whole, name, [&](std::string_view piece) {
        if (cancelled && *cancelled) throw Error("reading {}: stopped", name);
        blob.update(piece);
        inflater.write(piece);
    });
    inflater.finish();
    Layer layer;
    layer.descriptor.media_type = layer_type(inflater.compression(), name);
    layer.descriptor.digest = blob.finish();
    layer.descriptor.size = whole.size;
    layer.diff_id = diff_id.finish();
    return layer;
}

}  // namespace

Member whole_file(int fd) {
    struct stat info;
    check(fstat(fd, &info), "examining a file");
    Member member;
    member.fd = fd;
    member.size = info.st_size;
    return member;
}

RootSource::RootSource(RootTar tar, const ConfigMaker& make_config,
                       const std::atomic<bool>* cancelled)
    : tar_(std::move(tar)), whole_(whole_file(tar_.file.get())) {
    const Layer layer = measure(whole_, tar_.name, cancelled);
    config_ = make_config(layer.diff_id);
    config_descriptor_.media_type = kOciConfigType;
    config_descriptor_.digest = Digest::of(config_);
    config_descriptor_.size = static_cast<std::int64_t>(config_.size());
    manifest_ = make_manifest(config_descriptor_, {layer.descriptor});
}

Document RootSource::fetch_document(const Descriptor& descriptor) {
    throw Error("{}: there is no manifest {}", name(), descriptor.digest.to_string());
}

void RootSource::fetch_blob(const Descriptor& descriptor, const BlobSink& sink) {
    if (descriptor.digest == config_descriptor_.digest) return sink(config_);
    read_checked(whole_, descriptor, name(), sink);
}

}  // namespace mincs::image
