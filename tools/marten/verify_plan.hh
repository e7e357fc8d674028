// What of the store verify has to look at: of each image the documents that say what it consists
// of, and of all images together every layer and every blob once. Reads rows; what it tells of
// blobs is as good as their digests, which it checks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/images.hh"
#include "db/repair.hh"
#include "libregistry/manifest.hh"
#include "tools/marten/verify_parts.hh"

namespace mincs::marten {

/// A recorded image and its documents, as far as they are sound.
struct StoredImage {
    db::Image image;
    std::string label;  ///< what to call it
    std::optional<registry::Manifest> manifest;
    std::optional<db::ImageConfig> config;
};

struct VerifyPlan {
    std::vector<Part> parts;
    /// Where rows say other than the images' documents, the image's label in front.
    std::vector<std::string> contradictions;
};

VerifyPlan plan_verification(db::Store& store, const std::vector<StoredImage>& images,
                             const StopSignals& stop);

}  // namespace mincs::marten
