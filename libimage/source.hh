// Where images come from: a registry, an OCI layout, an archive, the store. One interface for all,
// so that pull, import, save, push and copy are one story: a source's blobs go to a target
// (target.hh) or into the store. OCI image-spec names are used throughout.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libregistry/client.hh"

namespace mincs::image {

using registry::BlobSink;
using registry::Descriptor;
using registry::Document;  // a manifest or an index, byte for byte

/// One image as its source offers it.
struct OfferedImage {
    std::vector<std::string> names;  ///< whole references where the source knows some
    Document document;
};

class Source {
 public:
    virtual ~Source() = default;
    /// What errors call it: "'docker.io/library/debian:latest'", "'debian.tar'".
    virtual const std::string& name() const = 0;
    /// All that was asked for: of a registry the one reference, of an archive all its images or the
    /// one named.
    virtual std::vector<OfferedImage> images() = 0;
    /// A manifest that an index of this source refers to; digest and size checked.
    virtual Document fetch_document(const Descriptor& descriptor) = 0;
    /// Streams a blob; digest and size are checked, Error where they differ (after the sink has
    /// seen the bytes). Thread-safe.
    virtual void fetch_blob(const Descriptor& descriptor, const BlobSink& sink) = 0;
};

}  // namespace mincs::image
