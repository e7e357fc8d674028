// The root of an image or a container as one tree, for reading: an overlay of its layers that is
// mounted nowhere and gone with its descriptor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/containers.hh"
#include "db/images.hh"
#include "libcore/fs/root_dir.hh"
#include "libcore/layer/changes.hh"

namespace mincs::marten {

/// Host directories that make up the root, topmost first.
std::vector<std::string> directories_of(const db::Store& store, const db::Image& image);
/// Without the container's own changes.
std::vector<std::string> directories_below(const db::Store& store, const db::Container& container);

/// A container that is being read: while it is stopped, nobody starts or removes it, and its upper
/// directory is as overlayfs leaves one.
class ContainerHold {
 public:
    ContainerHold(db::Store& store, db::Container container);
    const db::Container& container() const { return container_; }
    /// fuse-overlayfs is writing to its upper directory, and leaves notes that only itself reads.
    bool is_served() const;
    /// Somebody may be changing it: it runs, or is mounted.
    bool is_live() const { return is_live_; }
    /// What errors and messages call it: its name, else its ID.
    const std::string& label() const { return label_; }
    /// Throws Error where it was removed since, and so what was read of it may be half of it.
    void check_still_there() const;

 private:
    db::Store& store_;
    db::Container container_;
    std::optional<FileLock> lock_;
    bool is_live_;
    std::string label_;
};

/// Throws Error where the image has no layers.
fs::RootDir open_root(const db::Store& store, const db::Image& image);
/// What the container changed of the root below.
void tell_changes(db::Store& store, const ContainerHold& hold, const layer::ChangeSink& sink);
/// Where its command changed a copy of the whole root, as no overlay could be made.
bool has_copy(const db::Store& store, const db::Container& container);
/// As its command sees it, but for what is mounted inside. Throws Error where it runs on a root
/// that has the store below it.
fs::RootDir open_root(db::Store& store, const ContainerHold& hold);

}  // namespace mincs::marten
