// Makes what a layer's entries say, each below a directory's descriptor and by a single name that
// is never followed: openat(O_EXCL | O_NOFOLLOW), mkdirat, symlinkat, linkat, mknodat. Gives it
// owner, mode, xattrs and times in the order the kernel needs: chown clears setuid bits and file
// capabilities, so they come after it, and a write clears them too, so they come after the content.
#pragma once

#include <string>
#include <string_view>

#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/owner_note.hh"
#include "libcore/fs/root_dir.hh"
#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {

/// A name in a directory: where an entry is to be made, or is.
struct Place {
    int directory;  ///< descriptor, O_PATH will do
    std::string name;
};

/// Whatever exists at the place already is replaced, as the later entry of a tar wins; only a
/// directory over a directory keeps what is in it. Everything throws SysError or Error naming the
/// entry.
class FileMaker {
 public:
    /// Whether some directory hands its group or its default ACL down to what is made in it:
    /// looked up in the root, for a tree that begins empty, or not known.
    enum class Inheritance { kAsRootSays, kAssumed };
    explicit FileMaker(const fs::RootDir& target,
                       Inheritance inheritance = Inheritance::kAsRootSays);

    /// The next piece of a file's content, as TarReader::next_block.
    using Content = std::function<bool(DataBlock&)>;
    void make_file(const Place& place, const TarEntry& entry, const Content& content);
    void make_directory(const Place& place, const TarEntry& entry);
    void make_symlink(const Place& place, const TarEntry& entry);
    /// A device or a fifo.
    void make_node(const Place& place, const TarEntry& entry);
    void make_hard_link(const Place& place, const Place& existing, const TarEntry& entry);
    /// "Nothing of below is seen here", unless this layer has something of that name itself, which
    /// is then what is seen; of a directory it is: nothing of below in it.
    void make_whiteout(const Place& place, const TarEntry& entry);
    void make_opaque(int directory, const TarEntry& entry);
    /// As implied_directory(); `what` for errors.
    void make_implied_directory(int parent, const std::string& name, std::string_view what);
    /// The tar's entry of the layer's own root.
    void apply_to_root(int root, const TarEntry& entry);

 private:
    void apply_metadata(int fd, const TarEntry& entry, bool fresh);
    void apply_metadata_by_name(const Place& place, const TarEntry& entry);
    bool needs_mode(mode_t mode) const { return inherits_ || (mode & (07000u | umask_)) != 0; }
    void note_inheritance(const TarEntry& entry);
    void make_device_note(const Place& place, const TarEntry& entry, mode_t type);
    void set_owner(int fd, const TarEntry& entry, bool must_set) const;
    void note_owner(const Place& place, mode_t mode, const fs::Owner& owner) const;

    mode_t umask_;
    /// Owners are noted, and all is the caller's (fs/owner_note.hh, fs/entry_owners.hh).
    bool notes_owners_ = fs::notes_owners();
    /// Nobody may make them in a user namespace: a device is noted, too (fs/device_note.hh).
    bool makes_devices_ = fs::in_first_user_namespace();
    /// Somewhere a directory hands its group or its default ACL down to what is made in it, which
    /// the entries' own must then be set against, even where they are what a new file has anyway.
    bool inherits_ = false;
};

/// A directory that the tar has no entry of (yet): 0755, root's, as old as the epoch.
TarEntry implied_directory(std::string_view path);

/// Attributes that mean something only on the machine where the image was made. Where our file
/// system does not take them the image works all the same.
bool is_dispensable(std::string_view name);

/// How errors call an entry.
std::string describe(const TarEntry& entry);

}  // namespace mincs::layer
