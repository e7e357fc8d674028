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

/// Answers requests, one after the other. A helper (data_blocks.hh) decompresses ahead.
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
    /// The files with these paths in the image will be read, in this order. Those that are not
    /// there are passed over.
    void expect(const std::vector<std::string>& paths);

 private:
    struct Request;
    /// What a request is answered with: bytes, and behind them parts of blocks, which are not
    /// copied.
    struct Reply {
        std::string bytes;
        std::vector<Piece> pieces;
    };
    /// Answers one request, where it wants an answer.
    void answer(std::string_view request);
    void send(std::uint64_t unique, int error, const Reply& reply);
    Reply dispatch(const Request& request);
    std::string initialize(const Request& request);
    std::string look_up(const Request& request);
    std::string get_attributes(const Request& request);
    std::string read_link(const Request& request);
    std::vector<Piece> read_file(const Request& request);
    std::string get_attribute(const Request& request);
    std::string list_attributes(const Request& request);
    std::vector<Attribute> visible_attributes(const Request& request);
    std::string read_directory(const Request& request, bool with_attributes);
    std::string tell_size() const;

    std::string entry_of(InodeRef ref);
    std::string attributes_of(const Inode& inode) const;
    struct KnownFile {
        InodeRef ref;
        Inode inode;
        std::uint64_t read_up_to;  // where the last READ ended
    };
    KnownFile& file(InodeRef ref);
    InodeRef walk(std::string_view path);
    const DirectoryEntry* find(InodeRef directory, std::string_view name);
    const std::vector<DirectoryEntry>& listing(InodeRef ref);
    InodeRef ref_of(std::uint64_t node) const;
    std::uint64_t node_of(InodeRef ref) const;

    int device_;
    Squashfs& image_;
    Owner owner_;
    std::unordered_map<InodeRef, std::vector<DirectoryEntry>> listings_;
    std::size_t listed_ = 0;      // entries in them
    std::list<KnownFile> files_;  // read last, first
    std::string zeros_;           // a block of a hole
};

/// A process that serves, if there is one.
struct FileServer {
    Fd alive;  ///< a pipe's end that it looks at: closed, we are gone
    Child process;
};

/// Mounts `image` on the directory `place` of this mount namespace and serves it from a process of
/// its own, which has no powers, hears no signals and ends with us. Files named in `first` will be
/// read first.
FileServer mount_by_fuse(const Fd& bundle, Squashfs& image, const std::string& place,
                         FuseServer::Owner owner, const std::vector<std::string>& first);

}  // namespace mincs::polecat
