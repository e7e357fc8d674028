// What stands around blobs: media types, the index.json of an OCI layout with its annotations, and
// what a manifest or index refers to. Parsing is libregistry's; here is only what layouts add to
// it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libimage/source.hh"

namespace mincs::image {

inline constexpr const char* kOciIndexType = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kOciManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOciConfigType = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kOciLayerType = "application/vnd.oci.image.layer.v1.tar";

/// Indexes in indexes, and documents below one image, before we take them for an attack.
inline constexpr int kMaxIndexDepth = 4;
inline constexpr std::size_t kMaxDocuments = 1000;
/// Manifests and indexes that are kept in memory at a time.
inline constexpr std::size_t kMaxDocumentBytes = 64u << 20;

/// Annotations by which an entry of index.json has a name (LayoutEntry).
inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";
inline constexpr const char* kImageName = "io.containerd.image.name";

/// An entry of a layout's index.json (image-spec annotations.md; the second one is containerd's and
/// docker's).
struct LayoutEntry {
    Descriptor descriptor;
    std::string ref_name;    ///< org.opencontainers.image.ref.name: "latest", or a whole reference
    std::string image_name;  ///< io.containerd.image.name: "docker.io/library/debian:latest"
    bool is_image = true;    ///< not an attestation or another artifact beside the images
};

std::vector<LayoutEntry> parse_layout_index(std::string_view raw, std::string_view what);

/// A document whose digest and size were checked against the descriptor; Error where they differ.
Document checked_document(const Descriptor& descriptor, std::string raw, std::string_view what);
/// Whether this is the media type of a manifest or an index.
bool is_document_type(std::string_view media_type);
/// What to call the document where its type must be told: its own word, else its source's, else
/// by its content.
std::string media_type_of(const Document& document, std::string_view what);
/// A descriptor of the document.
Descriptor descriptor_of(const Document& document, std::string_view what);

/// Writes an OCI manifest; the same config and layers give the same bytes.
Document make_manifest(const Descriptor& config, const std::vector<Descriptor>& layers);

}  // namespace mincs::image
