// What the two sides of `marten cp` mean, in docker's words: which file or directory is copied, and
// what it becomes. Paths are resolved inside a root that is never left.
#pragma once

#include <string>

#include "libcore/fs/root_dir.hh"

namespace mincs::marten {

/// One side as it was typed.
struct CpSide {
    std::string container;  ///< empty: a path here, or "-"
    std::string path;       ///< "-": a tar on stdin or stdout

    bool is_stream() const { return container.empty() && path == "-"; }
};

/// "CONTAINER:PATH"; a path here where it begins with '/' or '.' or has no ':'. Throws UsageError.
CpSide parse_cp_side(const std::string& text);

/// What is copied.
struct CpSource {
    fs::RootDir tree;    ///< the directory that holds it; without a name: itself
    std::string name;    ///< in the tree; empty: what is in the directory ("DIR/.")
    std::string called;  ///< what it is called unless the destination says otherwise
    bool is_directory = false;
};

/// `follow`: of a link what it leads to. Throws Error where there is nothing.
CpSource find_cp_source(const fs::RootDir& root, const std::string& path, bool follow);

/// What it becomes.
struct CpDestination {
    fs::RootDir root;
    std::string directory;  ///< existing, in the root: where it is put
    std::string called;     ///< what it is called there; empty: as the source is
};

/// Whether links that are found below the destination may lead elsewhere in the root.
enum class LinksBelow { kFollowed, kConfined };

/// Where the content of a directory goes to a name that is not there, the directory is made. Throws
/// Error where a directory would take the place of a file, or the place has no directory.
CpDestination find_cp_destination(const fs::RootDir& root, const std::string& path,
                                  const CpSource& source, LinksBelow links);

}  // namespace mincs::marten
