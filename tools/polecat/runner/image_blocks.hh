// The lower half of reading squashfs (kernel Documentation/filesystems/squashfs.rst): blocks of the
// image, found by position and decompressed. Metadata stand in blocks of 8 KiB, each with its size
// in front, and are read as one stream, and kept for a while; data blocks have the image's block
// size, and who keeps them is data_blocks.hh. Every position comes from the image and is checked
// here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/polecat/format.hh"
#include "tools/polecat/runner/decompress.hh"

namespace mincs::polecat {

/// Little-endian numbers.
template <typename Number>
Number decode_number(const char* bytes) {
    Number value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        value = static_cast<Number>(value << 8 | static_cast<unsigned char>(bytes[i]));
    return value;
}

class ImageBlocks;

/// What one thread needs to read blocks.
class BlockReader {
 public:
    /// `image`, whose format is known, must outlive this.
    explicit BlockReader(const ImageBlocks& image);

    /// The data block or fragment at this position, whose size in the image (with the bit for "not
    /// compressed") is `size`, into `bytes`, whose room is used again.
    void read_data(std::uint64_t position, std::uint32_t size, std::string& bytes);
    /// `size` bytes of the image, which become at most `room`.
    void read(std::uint64_t position, std::size_t size, bool is_compressed, std::size_t room,
              std::string& bytes);

 private:
    const ImageBlocks& image_;
    Decompressor decompressor_;
    std::string stored_;  // a block as it is in the image, kept for its room
};

class ImageBlocks {
 public:
    static constexpr std::size_t kMetadataBlock = 8192;
    static constexpr std::uint32_t kDataIsPlain = 1u << 24;  ///< in a data block's size

    /// `part` of `file`, which stays the caller's, is the image.
    ImageBlocks(int file, const Extent& part) : file_(file), part_(part) {}
    ImageBlocks(const ImageBlocks&) = delete;
    ImageBlocks& operator=(const ImageBlocks&) = delete;
    ~ImageBlocks();

    /// Bytes of the image as they are; Error beyond its end. By any thread.
    void read(std::uint64_t position, char* to, std::size_t size) const;
    /// Shows the image in memory from now on, where the kernel lets us. Only for who may die of a
    /// file that is cut short meanwhile (SIGBUS).
    void map();
    /// Bytes of the image where they are; nothing, if it is not mapped. Error beyond its end.
    std::string_view mapped(std::uint64_t position, std::size_t size) const;
    /// What the super block says, before any other block is read.
    void set_format(std::uint16_t compression, std::uint32_t block_size, std::uint64_t used);

    struct Metadata {
        std::string bytes;   ///< at most kMetadataBlock
        std::uint64_t next;  ///< position of the block behind it
    };
    /// The metadata block at this position. Valid until the next call.
    const Metadata& metadata(std::uint64_t position);

    std::uint32_t block_size() const { return block_size_; }
    std::uint16_t compression() const { return compression_; }

 private:
    int file_;
    Extent part_;
    std::uint16_t compression_ = 0;
    std::uint32_t block_size_ = 0;
    std::string_view mapping_;    // all of it, from a page's beginning
    std::size_t in_mapping_ = 0;  // where the image begins there
    std::unique_ptr<BlockReader> reader_;
    std::unordered_map<std::uint64_t, Metadata> metadata_;
};

/// A place in a stream of metadata.
class MetadataCursor {
 public:
    /// `block` is the position of a metadata block, `offset` counts in what is in it; no block at
    /// or behind `end` belongs to the stream.
    MetadataCursor(ImageBlocks& blocks, std::uint64_t block, std::size_t offset, std::uint64_t end)
        : blocks_(&blocks), block_(block), offset_(offset), end_(end) {}

    std::string take(std::size_t size);
    void skip(std::size_t size) { move(size, nullptr); }
    template <typename Number>
    Number number() {
        char bytes[sizeof(Number)];
        move(sizeof bytes, bytes);
        return decode_number<Number>(bytes);
    }

 private:
    void move(std::size_t size, char* to);

    ImageBlocks* blocks_;
    std::uint64_t block_;
    std::size_t offset_;
    std::uint64_t end_;
};

}  // namespace mincs::polecat
