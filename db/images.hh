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

struct Image {
    std::string id;  ///< 64 hex digits: the sha256 of the config
    std::vector<std::string>
        names;  ///< whole references, "docker.io/library/fedora:latest"; maybe none
    /// Layer keys (directories below layers/), lowest first, each once: where a layer stands twice
    /// in an image, the upper one hides all of the lower, and overlayfs refuses the same directory
    /// twice.
    std::vector<std::string> layers;
    std::string config;           ///< the configuration's JSON, whole
    std::string manifest_digest;  ///< "sha256:…"; empty for an imported directory
    std::int64_t size = 0;        ///< bytes of all its layers' files
    std::int64_t created_at = 0;  ///< when it entered the store, seconds since the epoch
};

/// The one image meant by a name ("fedora", "docker.io/library/fedora:latest") or by an ID's
/// unambiguous prefix of at least 4 digits. The whole name, or the one `marten pull` would make of
/// it, wins; then any name that ends in the typed one ("debian" is
/// "127.0.0.1:5000/library/debian:latest"); then a prefix. Nothing where there is none; Error
/// listing the candidates where several images fit.
std::optional<Image> find_image(Store& store, std::string_view name_or_id);
/// The same, but Error with a hint ("marten pull NAME", "marten li") where there is none.
Image get_image(Store& store, std::string_view name_or_id);
std::vector<Image> list_images(Store& store);

/// An ID as people see it: its first 12 digits.
std::string short_id(std::string_view id);
/// Which of the image's names a typed one means; nothing where it is its ID. Error where several
/// fit.
std::optional<std::string> name_meant(const Image& image, std::string_view typed);
/// Image::layers of the image with this whole ID; empty where there is none.
std::vector<std::string> layers_of_image(Store& store, std::string_view id);

}  // namespace mincs::db
