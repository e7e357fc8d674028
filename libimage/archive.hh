// Opens an archive, whatever it is: compressed or not, a file or a pipe, a tar of images or the tar
// of one root. What can be read in place is; else it is copied once, uncompressed, into a file
// without a name that the caller provides.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "libimage/members.hh"

namespace mincs::image {

/// A new empty file, readable and writable, that goes with its descriptor.
using SpoolMaker = std::function<Fd()>;

struct ArchiveOptions {
    SpoolMaker spool;
    /// Asked before so many bytes are written to it; may throw, and may be empty.
    std::function<void(std::int64_t bytes)> claim = {};
    const std::atomic<bool>* cancelled = nullptr;  ///< set: the work throws Error
    /// Told of every piece of the file that is read to be copied; may be empty.
    std::function<void(std::int64_t bytes)> progress = {};
};

/// Not an archive of images but the tar of a root: a whole regular file, compressed as given.
struct RootTar {
    Fd file;
    std::string name;  ///< in quotes
};

/// `fd` is at the beginning of the archive and need not be able to seek; `name` in quotes. Throws
/// Error where it is neither.
std::variant<std::shared_ptr<const Members>, RootTar> open_archive(Fd fd, const std::string& name,
                                                                   const ArchiveOptions& options);

/// Where nobody else keeps such files: a file in `directory` that has no name.
Fd make_unnamed_file(const std::filesystem::path& directory);

}  // namespace mincs::image
