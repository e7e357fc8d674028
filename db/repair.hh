// What `marten verify` asks of the store and does to it: whether the database itself is whole,
// which rows stand for which files, and how something damaged is replaced in one step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/images.hh"
#include "db/staging.hh"
#include "db/store.hh"

namespace mincs::db {

struct BlobRow {
    std::string digest;  ///< "sha256:…"
    std::int64_t size = 0;
};

/// What SQLite finds wrong with its file, and rows that refer to none; a line each.
std::vector<std::string> database_damage(Store& store);

/// The image with this whole ID as its own row has it, with names and whatever is recorded as its
/// configuration, but without layers. Nothing where it has no row.
std::optional<Image> find_image_row(Store& store, std::string_view image_id);
std::optional<BlobRow> find_blob_row(Store& store, std::string_view digest);
std::vector<BlobRow> blobs_of_image(Store& store, std::string_view image_id);

/// How many layer directories and blobs are here without a row.
struct Ownerless {
    std::int64_t layers = 0;
    std::int64_t blobs = 0;
};
Ownerless count_ownerless(Store& store);

/// Puts the directory `staged` in the place of the layer's, and what `layer` says of it into its
/// row; what was there goes with `staging`. The caller holds the key's lock. Containers that start
/// see the one or the other, whole. Error naming it where a container that runs now has the layer
/// open: its files would vanish under it.
void replace_layer(Store& store, const Staging& staging, const Layer& layer,
                   const std::filesystem::path& staged);
/// Puts the file `staged` in the place of the blob. The caller holds the digest's lock.
void replace_blob(Store& store, const Digest& digest, const std::filesystem::path& staged);
/// The numbers of a layer that is otherwise whole.
void restore_counts(Store& store, const Layer& layer);
/// The image's configuration, whose digest is its ID, where its row has something else.
void restore_config(Store& store, std::string_view image_id, std::string_view config);

}  // namespace mincs::db
