// An OCI image layout (image-spec image-layout.md) as a source: a directory, or a tar of one. Its
// index.json lists images; all else are blobs named by their digests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libimage/documents.hh"
#include "libimage/members.hh"

namespace mincs::image {

class OciSource : public Source {
 public:
    /// `wanted`: a ref.name or a whole name; empty: all images.
    explicit OciSource(std::shared_ptr<const Members> members, std::string wanted = {});

    static bool is_layout(const Members& members);

    const std::string& name() const override { return members_->name(); }
    std::vector<OfferedImage> images() override;
    Document fetch_document(const Descriptor& descriptor) override;
    void fetch_blob(const Descriptor& descriptor, const BlobSink& sink) override;

    /// Whether the bytes are here: an index may list platforms that were left out.
    bool has(const Descriptor& descriptor) const;

 private:
    Member find_blob(const Descriptor& descriptor) const;
    std::shared_ptr<const Members> members_;
    std::string wanted_;
};

}  // namespace mincs::image
