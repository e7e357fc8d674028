// Things that are on disk already, made once more elsewhere: each is described as an entry of a tar
// would, and file_maker makes it. Shared by copy_up, which copies from the layers below into a
// layer, and merge_down, which copies from an upper directory to what lies below it.
#pragma once

#include "libcore/layer/entry_difference.hh"
#include "libcore/layer/file_maker.hh"

namespace mincs::layer {

/// Owner, mode, times, attributes but for overlayfs's own, target of a link, number of a device.
/// Throws Error where it is a socket; `path` is for errors.
TarEntry entry_on_disk(const FoundEntry& found, std::string_view path);

/// Makes what is no directory at `to`, as `entry` (entry_on_disk() of `from`) says; holes of files
/// stay holes. Throws Error where a file becomes shorter meanwhile.
void copy_on_disk(FileMaker& maker, const FoundEntry& from, const TarEntry& entry, const Place& to);

/// Gives a directory the times back that it had: what is made in it changes them.
class KeptTimes {
 public:
    /// `directory` must outlive this.
    explicit KeptTimes(int directory);
    KeptTimes(const KeptTimes&) = delete;
    ~KeptTimes();

 private:
    int directory_;
    struct timespec times_[2];
};

}  // namespace mincs::layer
