// A layer's tar, entry by entry. Owns libarchive's reading side, which is allowed to know tar and
// nothing else (its other formats open host files or are no layers). Names are bytes: no locale
// touches them. It checks what a number may be; what a *name* may be is layer_apply's business.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

enum class EntryType { kFile, kDirectory, kSymlink, kHardLink, kCharDevice, kBlockDevice, kFifo };

struct Xattr {
    std::string name;
    std::string value;
};

/// One entry of a tar, as it stands there.
struct TarEntry {
    std::string path;  ///< bytes as in the archive: may be absolute, hold ".." and end in '/'
    EntryType type = EntryType::kFile;
    mode_t mode = 0;  ///< permission bits with setuid, setgid, sticky
    uid_t uid = 0;
    gid_t gid = 0;
    std::int64_t size = 0;  ///< bytes of content, holes of a sparse file included
    timespec modified = {};
    timespec accessed = {};  ///< `modified` where the archive does not say
    std::string
        link_target;  ///< of a symbolic link: its text; of a hard link: a path in the archive
    dev_t device = 0;
    std::vector<Xattr> xattrs;  ///< POSIX ACLs among them, as system.posix_acl_*
};

/// A piece of a file's content; what no piece covers is a hole.
struct DataBlock {
    std::int64_t offset = 0;
    std::string_view bytes;
};

class TarReader {
 public:
    /// At most `max_bytes` are taken from `source`; Error where there are more.
    TarReader(const TarSource& source, std::int64_t max_bytes);
    ~TarReader();
    TarReader(const TarReader&) = delete;

    /// False at the end of the archive. Throws Error on anything that is not a sound tar.
    bool next(TarEntry& entry);
    /// The next piece of the current entry's content, ascending, valid until the next call; false
    /// at its end.
    bool next_block(DataBlock& block);
    /// Takes what follows the archive's end marker, so that the source is read to its end.
    void drain();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mincs::layer
