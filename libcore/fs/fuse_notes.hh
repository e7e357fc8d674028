// What fuse-overlayfs leaves in an upper directory that overlayfs would not. What is removed is a
// character device 0:0 for both, where one can be made. But a directory that hides all below it has
// an attribute and files of fuse-overlayfs's own (fuse-overlayfs 1.10, main.c, set_fd_opaque), and
// what was copied up says from where.
#pragma once

#include <string>

namespace mincs::fs {

/// Whether an upper directory can say here that something is removed: tried in `directory`, by a
/// name that is gone again.
bool takes_whiteouts(const std::string& directory);

/// Turns the notes of fuse-overlayfs into overlayfs's and takes its own away, whoever uses the
/// directory next. Nobody else may be using it. Broken off and done again it does the rest. Throws
/// SysError naming the path.
void settle_fuse_notes(const std::string& upper);

}  // namespace mincs::fs
