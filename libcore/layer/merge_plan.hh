// What putting a container's upper directory onto the tree below it takes (merge_down.hh does it),
// and what stands against it: above all what somebody else has changed down there since the
// container was made. Looks only, by descriptor, and never through a link.
//
// How a change is known: the kernel sets a file's ctime to the present at each change of its
// content, owner, mode, attributes or name, and nobody can set it back. So what was last changed
// before the container was made is as the container found it. What is already as the upper
// directory has it needs no proof.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

struct MergeOptions {
    /// When the container was made: whatever in the lower tree has changed since is a conflict.
    struct timespec since = {};
    /// Paths "a/b" that are not touched, nor what is below them, nor replaced with all around them.
    std::vector<std::string> untouchable;
    /// Name of a directory in the lower tree's root that is the merge's own, gone when it is done.
    /// Of one container always the same: what is left after a crash is found by it.
    std::string staging;
    /// Called between two steps; throws where the work is to end.
    std::function<void()> check_stop = [] {};
};

/// A name that is to become another thing, or none.
struct MergeStep {
    enum class Kind { kPut, kRemove };
    Kind kind;
    std::string path;  ///< "a/b"
    /// What was in its place when it was looked at; 0: nothing.
    ino_t inode = 0;
    struct timespec changed = {};
};

/// A directory of both trees that stays; "" is the root.
struct DirectoryStep {
    std::string path;
    bool metadata = false;  ///< owner, mode and attributes are to be set
    bool times = false;     ///< its times are to be set, as the last thing
};

/// Why something cannot be done.
struct Obstacle {
    std::string path;    ///< "/a/b"
    std::string reason;  ///< "changed since the container was made"
    bool is_conflict;    ///< only somebody else's work would be lost: the caller may want it so
};

/// A file of the upper tree with several names: device and inode.
using FileKey = std::pair<dev_t, ino_t>;

struct MergePlan {
    std::vector<MergeStep> steps;  ///< names in bytewise order, at no place below one another
    std::vector<DirectoryStep> directories;
    std::vector<Obstacle> obstacles;
    /// Names in the lower tree that are already what the file shall be.
    std::map<FileKey, std::string> linked;
};

/// Compares contents where names are in both trees. Sockets and places that minc made to mount on
/// are left out. Throws SysError naming the path.
MergePlan plan_merge(const fs::RootDir& upper, const fs::RootDir& lower,
                     const MergeOptions& options);

/// In the staging directory: the directories that the merge was allowed to change, each ended by a
/// NUL. A merge that goes on after a crash does not take its own work for somebody else's.
inline constexpr const char* kMergeJournal = "directories";

/// Whether an entry of the upper tree is nothing to put: a socket, a place to mount on, a whiteout.
bool is_nothing_to_put(int directory, const std::string& name, const struct stat& status);

}  // namespace mincs::layer
