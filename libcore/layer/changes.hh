// What differs between two trees: a container's upper directory and what lies below it, or two
// merged views. Both are walked together, by descriptor, one name at a time and never through a
// link; what is told goes to a sink as it is found, a directory before what is in it, names in
// bytewise order.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/root_dir.hh"
#include "libcore/layer/entry_difference.hh"

namespace mincs::layer {

enum class ChangeKind { kAdded, kChanged, kRemoved };

struct Change {
    ChangeKind kind;
    std::string path;       ///< from the root, "/etc/passwd"; bytes
    struct stat status;     ///< as it is now; of what was removed as it was
    Difference difference;  ///< of what was changed
};

/// Returns false to end the walk.
using ChangeSink = std::function<bool(const Change&)>;

/// What `upper`, a directory in overlay form (whiteouts and opaque marks), changes of `below`;
/// nullptr: of nothing. A directory counts as changed where its own metadata differs or something
/// was added to or removed from it, but not for changes deeper in it; the root only for its owner,
/// mode and attributes. Of a removed directory nothing below it is told. Places that minc made to
/// mount on are no changes. Throws SysError naming the path; what vanishes meanwhile is passed
/// over.
void changes_in_upper(const fs::RootDir& upper, const fs::RootDir* below, const ChangeSink& sink);

/// What is otherwise in `now` than it is in `before`, two merged views, as above.
void changes_between(const fs::RootDir& before, const fs::RootDir& now, const ChangeSink& sink);

/// The same of a copy of `before` that a container ran on: places that minc made in it to mount on
/// are no changes.
void changes_in_copy(const fs::RootDir& before, const fs::RootDir& copy, const ChangeSink& sink);

}  // namespace mincs::layer
