// An image of the store as a source for save and push: the manifest, config and layers as they came
// from where they came, byte for byte. The disk is not trusted: every blob is hashed again while it
// is read.
#pragma once

#include <string>
#include <vector>

#include "db/images.hh"
#include "libimage/source.hh"

namespace mincs::marten {

class StoreSource : public image::Source {
 public:
    /// `image` with its config. The store is not asked later, only its files are read.
    StoreSource(db::Store& store, db::Image image);
    const std::string& name() const override { return name_; }
    std::vector<image::OfferedImage> images() override;
    image::Document fetch_document(const image::Descriptor& descriptor) override;
    void fetch_blob(const image::Descriptor& descriptor, const image::BlobSink& sink) override;

 private:
    db::Layout layout_;
    db::Image image_;
    std::string name_;
    image::Document manifest_;
};

/// The image's name for people: the first one, or its short ID; no quotes.
std::string name_for_people(const db::Image& image);

}  // namespace mincs::marten
