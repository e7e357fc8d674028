// The files' attributes in an image that is being written.
#pragma once

#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sqfs/xattr_writer.h>

#include <cstdint>
#include <string>

#include "libcore/fs/root_dir.hh"
#include "tools/polecat/sqfs.hh"

namespace mincs::polecat {

class PackedAttributes {
 public:
    static constexpr std::uint32_t kNone = 0xffffffff;

    PackedAttributes();

    /// Reads those of a regular file that a bundle keeps: security.capability and user.*, but for
    /// our own notes. Their number for the file's inode, or kNone.
    std::uint32_t add(const fs::RootDir& root, const std::string& path);
    /// Bytes that they take at most.
    std::uint64_t most_bytes() const { return bytes_; }
    /// The table of all, at the end of `file`.
    void write(sqfs_file_t& file, sqfs_super_t& super, sqfs_compressor_t& compressor);

 private:
    Sqfs<sqfs_xattr_writer_t> writer_;
    std::uint64_t bytes_ = 0;
};

}  // namespace mincs::polecat
