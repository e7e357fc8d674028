// One image, or an index with all its images, from a source to a target, as it is: blobs first,
// several at a time, then manifests, then the index that lists them. No digest changes.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/progress.hh"
#include "libimage/target.hh"

namespace mincs::image {

struct CopyOptions {
    /// Of an index only this image; empty: all of it, where the target takes indexes, else the one
    /// for this machine.
    std::optional<registry::Platform> platform;
    const std::atomic<bool>* cancelled = nullptr;  ///< set: the work throws Error
};

/// Returns the digest of what `names` mean then: the index or the manifest. The target is not
/// finished: it may get more images. Throws the first failure.
Digest copy_image(Source& source, Target& target, const OfferedImage& image,
                  const std::vector<std::string>& names, const CopyOptions& options,
                  Progress& progress);

/// The manifest of the image for `platform`: `document` itself, or what it leads to if it is an
/// index.
Document choose_image(Source& source, Document document, const registry::Platform& platform);

}  // namespace mincs::image
