// One reference of a registry as a source.
#pragma once

#include <string>
#include <vector>

#include "libimage/source.hh"

namespace mincs::image {

class RegistrySource : public Source {
 public:
    /// `client` outlives the source.
    RegistrySource(registry::Client& client, registry::Reference reference);
    const std::string& name() const override { return name_; }
    std::vector<OfferedImage> images() override;
    Document fetch_document(const Descriptor& descriptor) override;
    void fetch_blob(const Descriptor& descriptor, const BlobSink& sink) override;

 private:
    registry::Client& client_;
    registry::Reference reference_;
    std::string name_;
};

}  // namespace mincs::image
