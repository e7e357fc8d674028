// Paths inside a tree nobody trusts: an image, a layer, a container, a bundle. Every such path is
// resolved by openat2(2) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, so that neither "..", an
// absolute link nor a swapped directory leads out, and is acted upon by descriptor. No path string
// of such a tree is ever handed to the kernel any other way: every runner that did so got a CVE for
// it.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libcore/base/files.hh"

namespace mincs::fs {

class StackedOwners;

/// The root of an untrusted tree; owns an O_PATH or O_RDONLY descriptor of it.
/// Paths are relative to it whether or not they begin with '/'; bytes, not UTF-8; no NUL.
/// Methods throw SysError naming the path (made printable) and the tree.
class RootDir {
 public:
    /// `name` is what errors call the tree ("layer 3af1…", "/srv/root").
    RootDir(Fd directory, std::string name);
    static RootDir open(const std::string& path);
    RootDir(RootDir&&) = default;
    RootDir& operator=(RootDir&&) = default;

    int fd() const { return directory_.get(); }
    const std::string& name() const { return name_; }
    /// Of a tree that is merged of several: who knows what the merged one does not show
    /// (fs/entry_owners.hh); else nullptr.
    const StackedOwners* owners() const { return owners_.get(); }
    void set_owners(std::shared_ptr<const StackedOwners> owners) { owners_ = std::move(owners); }
    /// A RootDir of the directory at `path`, which itself becomes a root that cannot be left.
    RootDir subtree(std::string_view path) const;

    /// `flags` as open(2); O_CLOEXEC is added. Links are followed inside the root unless
    /// O_NOFOLLOW.
    Fd open_at(std::string_view path, int flags, mode_t mode = 0) const;
    /// The same; nothing on ENOENT and ENOTDIR.
    std::optional<Fd> open_if_exists(std::string_view path, int flags, mode_t mode = 0) const;
    /// Opens without following *any* link on the way (RESOLVE_NO_SYMLINKS): ELOOP where one stands
    /// there.
    Fd open_no_links(std::string_view path, int flags, mode_t mode = 0) const;

    /// mkdir -p inside the root: existing links to directories are followed inside it. Returns the
    /// last directory (O_PATH | O_DIRECTORY).
    Fd make_directories(std::string_view path, mode_t mode = 0755) const;
    /// The same with something more than mkdirat(2) for a missing one: `make` gets the parent's
    /// descriptor (O_PATH) and the name, and returns as mkdirat does.
    using MakeDirectory = std::function<int(int parent, const char* name)>;
    Fd make_directories(std::string_view path, const MakeDirectory& make) const;
    /// The directory that holds the last component of `path` (O_PATH | O_DIRECTORY) and that
    /// component. Throws Error where the last component is empty, "." or "..".
    struct Parent {
        Fd directory;
        std::string leaf;
    };
    Parent open_parent(std::string_view path) const;

    /// A small file's content; nothing where it does not exist. Refuses anything but a regular file
    /// (an image's fifo or device in place of /etc/passwd must not be opened).
    std::optional<std::string> read_file_if_exists(std::string_view path,
                                                   std::size_t limit = kSmallFile) const;
    /// stat of the path, links followed inside the root; nothing where it does not exist.
    std::optional<struct stat> stat_if_exists(std::string_view path) const;

 private:
    Fd directory_;
    std::string name_;
    std::shared_ptr<const StackedOwners> owners_;
};

/// A path for `fd` that the kernel follows to the very same object: "/proc/self/fd/N". Only before
/// the process leaves a /proc it trusts.
std::string proc_path(int fd);

}  // namespace mincs::fs
