// Where images go: a registry, an OCI layout, an archive. Blobs first, then the manifest that names
// them, then finish(): an archive or layout that was not finished is no image.
#pragma once

#include <string>
#include <vector>

#include "libimage/source.hh"

namespace mincs::image {

/// kLeftOut: a layer that may not be distributed, which a registry does not get.
enum class BlobOutcome { kCopied, kMounted, kWasThere, kLeftOut };

class Target {
 public:
    virtual ~Target() = default;
    /// What errors call it, as Source::name().
    virtual const std::string& name() const = 0;
    /// How many blobs it takes at a time: an archive is one stream.
    virtual std::size_t blobs_at_once() const = 0;
    /// Whether it can hold an index with all its images; else it takes one image of it.
    virtual bool takes_indexes() const = 0;
    /// Takes a blob from `source`, unless it is there already; Error where it is not what the
    /// descriptor says. Thread-safe within blobs_at_once().
    virtual BlobOutcome put_blob(Source& source, const Descriptor& descriptor) = 0;
    /// The blobs and documents that the document refers to are there. `names`: what the image is to
    /// be called, whole references. `is_root`: false for one that only an index refers to.
    virtual void put_document(const Document& document, const std::vector<std::string>& names,
                              bool is_root) = 0;
    /// Makes the whole visible. Without it nothing of this run stays.
    virtual void finish() = 0;
};

}  // namespace mincs::image
