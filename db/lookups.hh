// What the database said about images, remembered as small files, so that a short command's start
// need not open it: that takes a hundred system calls and half a millisecond. An answer counts
// while the database and its log are the very files that they were when it was given; whoever
// commits changes one of them. So nobody who writes has to know of this.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/store.hh"

namespace mincs::db {

/// What running an image takes of it.
struct ImageToRun {
    std::string id;
    std::vector<std::string> layers;  ///< as StackedImage's
    std::string config;
    /// Of the database when this was remembered; empty where it was asked just now.
    std::string stamp;
};

/// find_image(), from memory where possible.
std::optional<ImageToRun> find_image_to_run(Store& store, std::string_view name_or_id);

/// Whether a database with this stamp is still there, so that what was read from it holds.
bool is_unchanged(const Layout& layout, const std::string& stamp);

}  // namespace mincs::db
