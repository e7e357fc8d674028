// A file server in user space for the image inside a bundle (fuse(4), linux/fuse.h; kernel
// Documentation/filesystems/fuse.rst): what an ordinary user mounts in place of the kernel's own
// squashfs. It speaks the protocol on /dev/fuse itself, so neither a library nor a set-uid helper
// is needed. The image never changes, so the kernel may keep all it was told for ever.
#pragma once

#include <string>
#include <unordered_map>

#include "libcore/base/fd.hh"
#include "libcore/base/process.hh"
#include "tools/polecat/runner/squashfs.hh"

namespace mincs::polecat {

/// Answers requests, one after the other.
class FuseServer {
 public:
    /// `device` is /dev/fuse, mounted. All files belong to `uid` and `gid`, if `single_owner`.
    struct Owner {
        bool single_owner = false;
        uid_t uid = 0;
        gid_t gid = 0;
    };
    FuseServer(int device, Squashfs& image, Owner owner)
        : device_(device), image_(image), owner_(owner) {}

    /// Until the file system is unmounted.
    void serve();
    /// The answer to one request, as the kernel wants it; nothing where none is wanted.
    std::string answer(std::string_view request);

 private:
    struct Request;
    std::string dispatch(const Request& request);
    std::string initialize(const Request& request);
    std::string look_up(const Request& request);
    std::string get_attributes(const Request& request);
    std::string read_link(const Request& request);
    std::string read_file(const Request& request);
    std::string read_directory(const Request& request, bool with_attributes);
    std::string tell_size() const;

    std::string entry_of(InodeRef ref);
    std::string attributes_of(const Inode& inode) const;
    const Inode& file(InodeRef ref);
    const std::vector<DirectoryEntry>& listing(InodeRef ref);
    InodeRef ref_of(std::uint64_t node) const;
    std::uint64_t node_of(InodeRef ref) const;

    int device_;
    Squashfs& image_;
    Owner owner_;
    std::unordered_map<InodeRef, std::vector<DirectoryEntry>> listings_;
    std::size_t listed_ = 0;                       // entries in them
    std::list<std::pair<InodeRef, Inode>> files_;  // read last, first
};

/// A process that serves, if there is one.
struct FileServer {
    Fd alive;  ///< a pipe's end that it looks at: closed, we are gone
    Child process;
};

/// Mounts `image` on the directory `place` of this mount namespace and serves it from a process of
/// its own, which has no powers, hears no signals and ends with us.
FileServer mount_by_fuse(const Fd& bundle, Squashfs& image, const std::string& place,
                         FuseServer::Owner owner);

}  // namespace mincs::polecat
