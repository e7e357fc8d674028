// What a directory on disk holds, read by descriptor and in one order: names (base/directory.hh),
// and attributes of what a name stands for. Used by all that walk a tree (layer_pack, verify_walk).
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "libcore/base/directory.hh"
#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {

/// As fstatat(2), by a name that is not followed, with the owner and as the device that stand in
/// the image, where they were only noted (fs/entry_owners.hh, fs/device_note.hh). -1 and errno. Of
/// a merged tree its owners() know more.
int stat_in_image(int directory, const std::string& name, struct stat& status);

/// All extended attributes, ascending by name; none where the file system has no such thing. Such
/// notes are none of them.
/// `proc_name` is a path that is not followed at its end: proc_path(directory) + "/" + name.
std::vector<Xattr> read_xattrs(const std::string& proc_name, const std::string& path);

/// What the symbolic link says.
std::string read_link(int directory, const std::string& name, const std::string& path);

}  // namespace mincs::layer
