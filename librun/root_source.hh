// What "-r ROOT" and "-t CONTAINER" mean: the directories that make up a root and what its image
// says about running it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/containers.hh"
#include "db/images.hh"
#include "db/store.hh"

namespace mincs::run {

enum class RootKind { kHost, kDirectory, kImage, kStack };

struct RootSource {
    RootKind kind = RootKind::kHost;
    /// "host", the directory's absolute path, or the image's name or the list as typed.
    std::string name;
    std::vector<std::string> lower;   ///< host directories, topmost first
    std::vector<std::string> layers;  ///< an image's layer keys, lowest first
    std::string image_id;
    std::string stamp;                ///< where the image was remembered (db/lookups.hh)
    db::ImageConfig config;           ///< an image's, or of a stack's uppermost part
    std::vector<db::RootPart> parts;  ///< of a stack
};

/// A text with a '/' (or "." or "..") is a directory; else an image of the store wins over a
/// directory of that name; "" and "host" are the host's own root. What is none of these may be a
/// list of such with ':' between, the uppermost first, as far as it can be cut in one way only.
/// Throws Error with a hint where there is nothing.
RootSource find_root(db::Store& store, const std::string& text);

/// The root that an existing container was made from.
RootSource root_of(db::Store& store, const db::Container& container);

}  // namespace mincs::run
