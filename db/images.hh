// Images as rows: an image is its config's digest, the stack of layers it names, and the names
// people gave it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/image_config.hh"
#include "db/store.hh"

namespace mincs::db {

/// A layer of the store (db/schema.sql).
struct Layer {
    std::string key;  ///< its directory below layers/
    Digest diff_id;
    std::int64_t size = 0;             ///< bytes of its regular files
    std::int64_t entries = 0;          ///< files, directories, links, whiteouts
    std::optional<std::int64_t> disk;  ///< bytes on disk, once counted
    bool depends = false;              ///< its files depend on the layers below it
    bool opaque = false;               ///< nothing of the layers below it is seen
};

/// What a list of ten thousand images can afford.
struct ImageSummary {
    std::string id;  ///< 64 hex digits: the sha256 of the config
    std::vector<std::string>
        names;              ///< whole references, "docker.io/library/fedora:latest"; maybe none
    std::int64_t size = 0;  ///< bytes of all its layers' files
    std::int64_t created_at = 0;  ///< when it entered the store, seconds since the epoch
};

/// What a list of them for other programs has.
struct StackedImage : ImageSummary {
    /// Keys of the layers that an overlay is to stack, as visible_layers() has them.
    std::vector<std::string> layers;
    std::string manifest_digest;  ///< "sha256:…"; empty for an imported directory
};

struct Image : StackedImage {
    std::string config;  ///< the configuration's JSON, whole
};

/// The one image meant by a name ("fedora", "docker.io/library/fedora:latest") or by an ID's
/// unambiguous prefix of at least 4 digits. The whole name, or the one `marten pull` would make of
/// it, wins; then any name that ends in the typed one ("debian" is
/// "127.0.0.1:5000/library/debian:latest"); then a prefix. Nothing where there is none; Error
/// listing the candidates where several images fit.
std::optional<Image> find_image(Store& store, std::string_view name_or_id);
/// The same, but Error with a hint ("marten pull NAME", "marten li") where there is none.
Image get_image(Store& store, std::string_view name_or_id);
/// All images, oldest first.
std::vector<ImageSummary> list_images(Store& store);
/// The same with their layers.
std::vector<StackedImage> list_stacked_images(Store& store);

/// The layer with this key; nothing where it has no row.
std::optional<Layer> find_layer(Store& store, std::string_view key);

/// An ID as people see it: its first 12 digits.
std::string short_id(std::string_view id);
/// Which of the image's names a typed one means; nothing where it is its ID. Error where several
/// fit.
std::optional<std::string> name_meant(const Image& image, std::string_view typed);
/// All layers of the image with this whole ID as its config lists them, lowest first; empty where
/// there is no such image.
std::vector<Layer> stack_of_image(Store& store, std::string_view id);
/// Keys of the layers of a stack that are seen, lowest first, each once: where one stands twice in
/// an image, the upper one hides all of the lower, and overlayfs refuses the same directory twice.
/// What lies below a layer whose very root is opaque is left out: overlayfs does not look at that
/// mark of a layer's root.
std::vector<std::string> visible_layers(const std::vector<Layer>& stack);
/// The same of the image with this whole ID.
std::vector<std::string> layers_of_image(Store& store, std::string_view id);

/// A layer where it stands: in all images that have it upon the same layer.
struct PlacedLayer {
    Layer layer;
    std::string parent;               ///< key of the layer below it; empty at the bottom
    std::vector<std::string> images;  ///< their names; the short ID of one without
};

/// Each layer once for each layer it stands upon, in the order of the images' age, lowest first.
std::vector<PlacedLayer> list_layers(Store& store);

/// Names of all images that have the blob.
std::vector<std::string> names_with_blob(Store& store, const Digest& digest);

}  // namespace mincs::db
