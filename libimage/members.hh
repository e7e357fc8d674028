// The files of a layout or an archive, looked up by name: the directory and the tar behind one
// interface, so that an OCI layout is read the same way from both. Names come from strangers and
// are only looked up, never followed out of the layout; what is not a regular file is not there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libcore/fs/root_dir.hh"
#include "libcore/layer/tar_index.hh"
#include "libimage/source.hh"

namespace mincs::image {

/// A run of bytes in a file that is open.
struct Member {
    Fd owned;     ///< of a directory's file; empty for a part of a tar
    int fd = -1;  ///< `owned` or the tar's; valid as long as both Member and Members live
    std::int64_t offset = 0;
    std::int64_t size = 0;
    bool repeated = false;  ///< the tar has several of this name
};

class Members {
 public:
    virtual ~Members() = default;
    /// What errors call the whole, in quotes: "'debian.tar'".
    virtual const std::string& name() const = 0;
    /// Nothing where there is no regular file of that name. Thread-safe.
    virtual std::optional<Member> find(std::string_view path) const = 0;
};

/// A directory. No link in it is followed, not even to a place inside.
class DirectoryMembers : public Members {
 public:
    explicit DirectoryMembers(fs::RootDir root)
        : root_(std::move(root)), name_("'" + printable(root_.name()) + "'") {}
    const std::string& name() const override { return name_; }
    std::optional<Member> find(std::string_view path) const override;

 private:
    fs::RootDir root_;
    std::string name_;
};

/// An uncompressed tar in a regular file. Links to other members are followed a few times (docker
/// used to write them for layers that two images share).
class TarMembers : public Members {
 public:
    TarMembers(Fd tar, layer::TarIndex index, std::string name)
        : tar_(std::move(tar)), index_(std::move(index)), name_(std::move(name)) {}
    const std::string& name() const override { return name_; }
    std::optional<Member> find(std::string_view path) const override;

 private:
    Fd tar_;
    layer::TarIndex index_;
    std::string name_;
};

/// Streams the member's bytes. Throws Error where the file has become shorter.
void read_member(const Member& member, std::string_view what, const BlobSink& sink);
/// Its first bytes, at most `count`.
std::string read_start(const Member& member, std::size_t count, std::string_view what);
/// A small file that will be parsed. Error where it is missing, bigger than `limit`, or where a tar
/// has two of that name, as two readers might see two things.
std::string read_document(const Members& members, std::string_view path,
                          std::size_t limit = kSmallFile);
/// Streams a blob, then throws Error where size or digest are not the descriptor's. `what` begins
/// errors, `hint` goes with them.
void read_checked(const Member& member, const Descriptor& descriptor, std::string_view what,
                  const BlobSink& sink, const std::string& hint = {});

}  // namespace mincs::image
