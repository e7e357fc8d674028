// How two entries of the same name differ.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

namespace mincs::layer {

/// What of an entry is another than it was.
struct Difference {
    bool type = false;     ///< a file in a directory's place: nothing else is compared
    bool content = false;  ///< bytes of a file, target of a link, number of a device, and of a
                           ///< directory what names are in it (for its walker to say)
    bool mode = false;
    bool owner = false;
    bool time = false;    ///< of the last modification
    bool xattrs = false;  ///< but for those of overlayfs, of this machine's security, and minc's

    bool any() const { return type || content || mode || owner || time || xattrs; }
    /// "type", "content" …
    std::vector<std::string> names() const;
};

/// An entry of a directory (a descriptor of any kind); `path` is for errors.
struct FoundEntry {
    int directory;
    std::string name;
    struct stat status;
};

/// Reads attributes, and where nothing else tells, contents. Throws SysError naming `path`.
Difference difference_of(const FoundEntry& before, const FoundEntry& now, const std::string& path);

}  // namespace mincs::layer
