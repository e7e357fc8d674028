// Extended attributes that are ours or overlayfs's. Only a process with privileges outside of any
// user namespace may use trusted.*; everybody else has overlayfs keep its notes in user.*
// ("userxattr", overlayfs.rst), and so do we.
#pragma once

namespace mincs::fs {

/// Whether this process is in the user namespace that the kernel began with
/// (user_namespaces(7)). Asked once.
bool in_first_user_namespace();

/// overlayfs's mark of a directory that hides all below it.
const char* opaque_attribute();
/// overlayfs's note of where a file came from.
const char* origin_attribute();
/// Of an empty file or directory that was made only to be mounted on: it is nothing that a
/// container's command did.
const char* mount_point_mark();
/// Of a directory of a layer that has no entry of its own (layer/implied_mark.hh).
const char* implied_mark();

}  // namespace mincs::fs
