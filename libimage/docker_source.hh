// A docker-archive as a source: what `docker save` wrote, of any version since 1.10. Its
// manifest.json names each image's config and layers by the archive's own file names. There is no
// OCI manifest in the older ones, so one is made: the same archive gives the same bytes. Newer ones
// are an OCI layout as well, and the manifest found there is kept, so that digests stay.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libimage/documents.hh"
#include "libimage/members.hh"
#include "libimage/oci_source.hh"

namespace mincs::image {

class DockerSource : public Source {
 public:
    /// `wanted`: a name; empty: all images.
    explicit DockerSource(std::shared_ptr<const Members> members, std::string wanted = {});

    static bool is_archive(const Members& members);

    const std::string& name() const override { return members_->name(); }
    /// To be called before any fetch.
    std::vector<OfferedImage> images() override;
    Document fetch_document(const Descriptor& descriptor) override;
    void fetch_blob(const Descriptor& descriptor, const BlobSink& sink) override;

 private:
    struct Item;
    Document document_of(const Item& item);
    Descriptor layer_descriptor(const std::string& path, const Digest& diff_id);
    void collect_originals();

    std::shared_ptr<const Members> members_;
    std::string wanted_;
    std::unique_ptr<OciSource> layout_;         ///< of an archive that is one as well
    std::map<Digest, Document> originals_;      ///< its manifests, by their config
    std::map<std::string, Descriptor> layers_;  ///< by file name
    std::map<Digest, std::string> paths_;       ///< of configs and layers, by digest
};

}  // namespace mincs::image
