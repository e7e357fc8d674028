// Where the kernel stacks no overlay for an ordinary user. If it makes none at all in a user
// namespace, fuse-overlayfs serves the container's root where that is installed. Else, and where
// only the file system below what would change is the reason (another overlay, NFS, FUSE …), the
// container gets a copy of its whole root, by reflinks where there are some, and runs on that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/layout.hh"
#include "libcore/container/spec.hh"
#include "libcore/fs/fuse_overlay.hh"

namespace mincs::run {

/// Whether the file system of this directory may be none for overlays; cheap.
bool may_refuse_overlays(const std::filesystem::path& place);

/// An overlay that fuse-overlayfs serves, on the container's mount point in this mount namespace.
/// Gone with its owner, when what was written is in the upper directory as overlayfs would have it.
class ServedRoot {
 public:
    /// `overlay`'s mount is attached already.
    ServedRoot(fs::FuseOverlay overlay, const db::ContainerDirectory& directory);
    ServedRoot(ServedRoot&& other) noexcept = default;
    ~ServedRoot() { end(); }
    /// Becomes readable (poll(2)) when it is served no longer.
    int server() const { return server_.pidfd(); }

 private:
    void end() noexcept;
    Fd mount_;  ///< none: moved from
    db::ContainerDirectory directory_;
    Child server_;
};

/// If the kernel refuses the overlay of `spec`, whose storage is `directory`'s, or did so in an
/// earlier run: makes what takes its place, and tells the spec. `warns`: the first time. Throws
/// Error where nothing can. The host's own root is served as one tree, with all that is mounted in
/// it: what the kernel's overlay must be kept from (host_skeleton.hh) a program just reads.
std::optional<ServedRoot> replace_refused_overlay(container::ContainerSpec& spec,
                                                  const db::ContainerDirectory& directory,
                                                  bool warns = true);

/// Whether fuse-overlayfs has written to the container's storage and left notes of its own there.
bool has_served_storage(const db::ContainerDirectory& directory);

/// The upper directory of a container that was served by fuse-overlayfs and whose minc was killed:
/// before anything else reads it. Its lock is held.
void settle_served_storage(const db::ContainerDirectory& directory);

}  // namespace mincs::run
