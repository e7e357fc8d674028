// Where images go: a registry, an OCI layout, an archive. Blobs first, then the manifest that names
// them, then finish(): an archive or layout that was not finished is no image.
#pragma once

#include <string>

#include "libimage/source.hh"

namespace mincs::image {

class Target {
 public:
    virtual ~Target() = default;
    virtual const std::string& name() const = 0;
    /// Whether the blob is there already (for a registry: or could be mounted from another
    /// repository of it).
    virtual bool has_blob(const Descriptor& descriptor) = 0;
    /// Takes a blob from `source`.
    virtual void put_blob(Source& source, const Descriptor& descriptor) = 0;
    /// The blobs and documents that the document refers to are there. `names`: what the image is to
    /// be called; empty for one that only an index refers to.
    virtual void put_document(const Document& document, const std::vector<std::string>& names) = 0;
    /// Makes the whole visible.
    virtual void finish() = 0;
};

}  // namespace mincs::image
