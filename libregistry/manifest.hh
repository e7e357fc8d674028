// What a registry hands out about an image: descriptors, manifests and indexes (OCI image-spec
// manifest.md, image-index.md; Docker schema 2). Schema 1 and artifacts that are no images are
// refused by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/digest.hh"

namespace mincs::registry {

/// "linux/amd64", "linux/arm/v7" (OCI image-index.md, platform object; names as Go's GOOS and
/// GOARCH).
struct Platform {
    std::string os = "linux";
    std::string architecture;
    std::string variant;

    static Platform host();
    static Platform parse(std::string_view text);  ///< throws UsageError
    std::string to_string() const;
};

struct Descriptor {
    std::string media_type;
    Digest digest;
    std::int64_t size = 0;  ///< bytes; never negative
    std::optional<Platform> platform;
    std::vector<std::string> urls;
};

/// A manifest or an index, byte for byte.
struct Document {
    std::string media_type;  ///< as the source says; maybe empty
    std::string raw;
    Digest digest;  ///< of `raw`, checked
};

struct Manifest {
    std::string media_type;
    std::string raw;  ///< the bytes as sent; their digest is `digest`
    Digest digest;
    Descriptor config;
    std::vector<Descriptor> layers;  ///< lowest first
};

struct Index {
    std::vector<Descriptor> manifests;
};

/// Tells by content type and content which of the two a document is. `what` names it in errors.
bool is_index(std::string_view media_type, std::string_view raw,
              std::string_view what = "the manifest");
Manifest parse_manifest(std::string_view raw, std::string_view media_type, std::string_view what);
/// What a manifest refers to, config first: also of an artifact that is no image (an attestation
/// beside one).
std::vector<Descriptor> blobs_of_manifest(std::string_view raw, std::string_view what);
Index parse_index(std::string_view raw, std::string_view what);
/// The entry for `wanted`: same os and architecture, and the variant where one is wanted (for
/// arm64, v8 is the default; for arm, the highest variant not above the wanted). Error lists what
/// there is.
const Descriptor& choose_platform(const Index& index, const Platform& wanted,
                                  std::string_view what);

}  // namespace mincs::registry
