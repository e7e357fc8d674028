// An image of the store as a source for save and push: the manifest, config and layers as they came
// from where they came, byte for byte. The disk is not trusted: every blob is hashed again while it
// is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/images.hh"
#include "libimage/source.hh"

namespace mincs::marten {

class StoreSource : public image::Source {
 public:
    /// `typed` is what errors call the image. The store is not asked later, only its files are
    /// read.
    StoreSource(db::Store& store, const db::Image& image, std::string_view typed);
    const std::string& name() const override { return name_; }
    std::vector<image::OfferedImage> images() override;
    image::Document fetch_document(const image::Descriptor& descriptor) override;
    void fetch_blob(const image::Descriptor& descriptor, const image::BlobSink& sink) override;

 private:
    db::Layout layout_;
    std::vector<std::string> names_;
    std::string name_;
    image::Document manifest_;
};

}  // namespace mincs::marten
