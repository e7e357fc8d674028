// See registry_source.hh. The client checks what it hands out.
#include "libimage/registry_source.hh"

namespace mincs::image {

RegistrySource::RegistrySource(registry::Client& client, registry::Reference reference)
    : client_(client),
      reference_(std::move(reference)),
      name_("'" + reference_.to_string() + "'") {}

std::vector<OfferedImage> RegistrySource::images() {
    registry::Reference called = reference_;
    if (called.digest) called.tag.clear();
    return {{{called.to_string()}, client_.fetch_document(reference_)}};
}

Document RegistrySource::fetch_document(const Descriptor& descriptor) {
    return client_.fetch_document(reference_, descriptor);
}

void RegistrySource::fetch_blob(const Descriptor& descriptor, const BlobSink& sink) {
    client_.fetch_blob(reference_, descriptor, sink);
}

}  // namespace mincs::image
