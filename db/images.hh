// Images as rows: an image is its config's digest, the stack of layers it names, and the names people gave it.
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
    std::string id;                   ///< 64 hex digits: the sha256 of the config
    std::vector<std::string> names;   ///< whole references, "docker.io/library/fedora:latest"; maybe none
    std::vector<std::string> layers;  ///< layer keys (directories below layers/), lowest first
    std::string config;               ///< the configuration's JSON, whole
    std::string manifest_digest;      ///< "sha256:…"; empty for an imported directory
    std::int64_t size = 0;            ///< bytes of all its layers' files
    std::int64_t created_at = 0;      ///< when it entered the store, seconds since the epoch
};

/// The one image meant by a name ("fedora", "docker.io/library/fedora:latest") or by an ID's unambiguous prefix
/// of at least 4 digits. A name wins over a prefix. Nothing where there is none; Error where several fit.
std::optional<Image> find_image(Store& store, std::string_view name_or_id);
/// The same, but Error with a hint ("marten pull NAME", "marten li") where there is none.
Image get_image(Store& store, std::string_view name_or_id);
std::vector<Image> list_images(Store& store);

}  // namespace mincs::db
