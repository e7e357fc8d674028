// Writes a directory tree as a layer's tar: the way back from layer_apply. What overlayfs stores as
// a character device 0:0 or as an opaque xattr becomes ".wh.NAME" and ".wh..wh..opq" again (OCI
// image-spec, layer.md), so a container's upper directory packs as the layer it is. The same tree
// gives the same bytes: names sorted bytewise, numeric ids, PAX headers with times to the
// nanosecond and xattrs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/digest.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

/// Receives the plain tar, in pieces of at most 1 MiB that are valid during the call.
using TarSink = std::function<void(std::string_view)>;

struct PackOptions {
    /// Paths relative to the root ("proc", "var/lib/mincs"), no globs: such an entry is left out
    /// with all below. "proc/*" (a trailing "/*") keeps the directory and leaves out what is in it.
    std::vector<std::string> exclude;
    /// Keep a directory that something is mounted on, but not what the mount shows below it.
    bool one_file_system = false;
    /// A container's upper directory: what minc made there only to mount on is left out.
    bool is_upper = false;
    /// A whole root: a whiteout or an opaque mark in it hides nothing and is left out, and so is
    /// what minc made there only to mount on.
    bool is_merged = false;
    /// Somebody may be changing the tree: what vanishes before its turn is left out, and a file
    /// that shrinks while it is read is filled up with zeros. PackResult::changed counts both.
    bool live = false;
    /// Of a live tree: a directory on the same file system. Where that can share blocks, each file
    /// is read from a reflink of one instant, made there without a name (ioctl_ficlone(2)). -1:
    /// none.
    int reflinks_in = -1;
    /// Only this name of the tree's root, with all below it and called `only_as`; empty: all of the
    /// tree.
    std::string only, only_as;
    /// Only what is in here, by its path relative to the root, and the directories above it;
    /// `true`: it was removed, which becomes a whiteout. nullptr: all of the tree.
    const std::map<std::string, bool>* changes = nullptr;
    /// A tar that is no layer: ".wh." in front of a name means nothing.
    bool is_plain = false;
    /// Nothing is said to be younger than this, in seconds since the epoch ($SOURCE_DATE_EPOCH).
    std::optional<std::int64_t> latest;
};

struct PackResult {
    Digest diff_id;              ///< sha256 of the tar
    std::int64_t tar_bytes = 0;  ///< length of the tar
    std::int64_t bytes = 0;      ///< sum of the sizes of regular files, hard links counted once
    std::int64_t entries = 0;    ///< entries written, whiteouts and the root included
    std::int64_t reflinked = 0;  ///< files that were read as they were at one instant
    std::int64_t changed = 0;    ///< of a live tree: what is not in the tar as it was found
};

/// Writes `tree`, its root directory as "./" included, to `sink`. Sockets are left out, holes of
/// sparse files kept, hard links inside the tree kept. Throws SysError naming the path where
/// something cannot be read, and Error where a file shrinks or is replaced while it is read, unless
/// the tree is live; what a growing file has gained since is left out.
PackResult write_layer_tar(const fs::RootDir& tree, const TarSink& sink,
                           const PackOptions& options = {});

}  // namespace mincs::layer
