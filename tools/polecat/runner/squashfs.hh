// Our own reader of squashfs 4.0 images (kernel Documentation/filesystems/squashfs.rst), for those
// who may not mount one. Nothing in an image is trusted: whatever is damaged ends in an Error, and
// nothing here recurses or allocates by what the image claims alone. For one thread; another one
// may help it (data_blocks.hh).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/polecat/runner/attributes.hh"
#include "tools/polecat/runner/data_blocks.hh"
#include "tools/polecat/runner/image_blocks.hh"

namespace mincs::polecat {

/// Names an inode: the metadata block it is in and its offset there.
using InodeRef = std::uint64_t;

struct Inode {
    mode_t mode = 0;  ///< type and permissions
    uid_t uid = 0;
    gid_t gid = 0;
    std::uint32_t mtime = 0;  ///< seconds
    std::uint32_t number = 0;
    std::uint32_t links = 1;
    std::uint64_t size = 0;  ///< of a file's content, a link's target
    std::uint32_t device = 0;
    std::string target;  ///< of a symbolic link

    // Where a file's content is.
    std::uint64_t data_start = 0;
    std::vector<std::uint32_t> blocks;  ///< sizes in the image
    std::uint32_t fragment = 0;
    std::uint32_t fragment_offset = 0;
    std::uint32_t attributes = kNoAttributes;

    // Where a directory's listing is.
    std::uint32_t listing_block = 0;
    std::uint16_t listing_offset = 0;
    std::uint32_t listing_size = 0;
};

struct DirectoryEntry {
    std::string name;
    InodeRef ref = 0;
    std::uint32_t number = 0;
    mode_t type = 0;  ///< S_IFREG …
};

/// Some bytes of a file, where they lie.
struct Piece {
    const char* bytes = nullptr;  ///< none: a hole, all zeros
    std::size_t size = 0;
    DataBlocks::Bytes owner = {};  ///< keeps them; none, where they are mapped
};

class Squashfs {
 public:
    /// `part` of `file`, which must stay open, is the image.
    Squashfs(int file, const Extent& part);

    InodeRef root() const { return root_; }
    std::uint32_t inode_count() const { return inode_count_; }
    std::uint32_t block_size() const { return blocks_.block_size(); }
    /// "zstd" or "xz"
    const char* compression() const { return compression_ == 4 ? "xz" : "zstd"; }
    std::uint64_t bytes_used() const { return bytes_used_; }

    Inode inode(InodeRef ref);
    /// In the order of names, as every writer of images has them; without "." and "..".
    std::vector<DirectoryEntry> list(const Inode& directory);
    bool has_attributes() const { return !attributes_.empty(); }
    /// The attributes user.* of a regular file.
    std::vector<Attribute> attributes(const Inode& file) {
        return attributes_.read(blocks_, file.attributes);
    }
    /// Bytes of a regular file from `offset` on, fewer than `size` only at its end.
    std::size_t read(const Inode& file, std::uint64_t offset, char* to, std::size_t size);
    /// The same without a copy.
    std::vector<Piece> pieces(const Inode& file, std::uint64_t offset, std::size_t size);

    /// As ImageBlocks::map().
    void map() { blocks_.map(); }
    /// A thread makes the blocks that are expected, until this object goes.
    void start_helper() { data_.start_helper(); }
    /// `size` bytes of the file from `offset` on will probably be read next.
    void expect(const Inode& file, std::uint64_t offset, std::uint64_t size);

 private:
    void read_super_block();
    void read_ids(std::uint16_t count, std::uint64_t table);
    void read_directory_inode(MetadataCursor& cursor, bool is_long, Inode& inode);
    void read_file_inode(MetadataCursor& cursor, bool is_long, Inode& inode);
    void read_link_inode(MetadataCursor& cursor, Inode& inode);
    std::uint64_t block_length(const Inode& file, std::size_t index) const;
    bool is_mapped_plain(std::uint64_t position, std::uint32_t stored) const;
    Piece piece_of_block(const Inode& file, std::size_t index, std::uint64_t position,
                         std::size_t within, std::size_t size);
    Piece piece_of_fragment(const Inode& file, std::size_t within, std::size_t size);
    struct Stored {
        std::uint64_t position;
        std::uint32_t size;
    };
    Stored fragment_of(const Inode& file);

    ImageBlocks blocks_;
    DataBlocks data_{blocks_};
    InodeRef root_ = 0;
    std::uint32_t inode_count_ = 0;
    std::uint64_t bytes_used_ = 0;
    std::uint16_t compression_ = 0;
    std::uint64_t inode_table_ = 0;
    std::uint64_t directory_table_ = 0;
    std::uint64_t directory_end_ = 0;
    std::uint64_t fragment_table_ = 0;
    std::uint32_t fragment_count_ = 0;
    std::vector<std::uint32_t> ids_;
    AttributeTable attributes_;
};

}  // namespace mincs::polecat
