// How an image gets into the store and how names and images leave it: always one transaction, after
// the files are in place and synced, or before they go (docs/store.md, "One step").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/images.hh"
#include "db/locks.hh"
#include "db/staging.hh"
#include "db/trash.hh"

namespace mincs::db {

/// A layer of a new image. `staged` empty: it is in the store already.
struct NewLayer {
    std::string key;
    Digest diff_id;
    std::filesystem::path staged;  ///< its directory in overlay form, below the staging directory
    std::int64_t size = 0;         ///< bytes of its regular files
    std::int64_t entries = 0;
    bool depends = false;  ///< its files depend on the layers below: `key` is its ChainID's
    bool opaque = false;   ///< its root is opaque
};

/// A blob of a new image. `staged` empty: it is in the store already.
struct NewBlob {
    Digest digest;
    std::filesystem::path staged;
    std::int64_t size = 0;
};

/// What a pulled name meant at its registry.
struct Origin {
    std::string digest;    ///< of the manifest or index the tag named; empty: not pulled
    std::string platform;  ///< "linux/amd64": which image of the index was wanted
};

struct NewImage {
    std::vector<std::string> names;       ///< whole; they move here from other images
    Origin origin;                        ///< of its names
    std::string config;                   ///< JSON; the image's ID is its sha256
    std::string manifest_digest;          ///< empty for an import
    std::vector<std::string> layer_keys;  ///< lowest first, the same one maybe several times
    std::vector<NewLayer> layers;         ///< each key once
    std::vector<NewBlob> blobs;           ///< manifest, config and compressed layers, each once
};

/// Whether the layer or blob is in the store. Only as good as the lock on its key.
bool has_layer(Store& store, std::string_view key);
bool has_blob(Store& store, const Digest& digest);

/// Whether all layers and blobs of the image are in the store.
bool is_whole(Store& store, std::string_view image_id);
bool has_name(Store& store, std::string_view name);
/// The image that has exactly this name, where it was pulled and comes from there.
std::optional<std::string> find_pulled(Store& store, std::string_view name, const Origin& origin);

/// Makes the image visible: one syncfs, renames, directories synced, one transaction. The caller
/// holds the locks of all its layers and blobs. Returns the ID. Where it throws, no row has
/// changed, and what was renamed already is garbage without a row, which the next sweep takes.
std::string record_image(Store& store, const Staging& staging, const NewImage& image);

/// Gives the image one more name; the name leaves the image that had it.
void add_name(Store& store, std::string_view image_id, std::string_view name);
/// Takes one name away; the image stays.
void remove_name(Store& store, std::string_view name);
/// Removes an image's rows with all its names, in one transaction with those of the layers and
/// blobs that only it had, whose files go into the trash. Error, naming them, where containers were
/// made from it, and where it is mounted. The store must be open with Durability::kFull.
void remove_image(Store& store, const Image& image, Trash& trash);

}  // namespace mincs::db
