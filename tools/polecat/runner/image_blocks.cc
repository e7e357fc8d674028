// See image_blocks.hh.
#include "tools/polecat/runner/image_blocks.hh"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint16_t kMetadataIsPlain = 0x8000;
constexpr std::size_t kMetadataKept = 512;  // blocks: of some 8000 files

[[noreturn]] void refuse(std::string_view why) {
    throw Error("the image is damaged: {}", why);
}

}  // namespace

ImageBlocks::~ImageBlocks() {
    if (mapping_.data()) munmap(const_cast<char*>(mapping_.data()), mapping_.size());
}

void ImageBlocks::map() {
    in_mapping_ = part_.offset % kPageSize;
    const std::size_t size = part_.size + in_mapping_;
    void* const begin = mmap(nullptr, size, PROT_READ, MAP_SHARED, file_,
                             static_cast<off_t>(part_.offset - in_mapping_));
    if (begin != MAP_FAILED) mapping_ = {static_cast<const char*>(begin), size};
}

std::string_view ImageBlocks::mapped(std::uint64_t position, std::size_t size) const {
    if (position > part_.size || size > part_.size - position)
        refuse("something lies beyond its end");
    return mapping_.empty() ? mapping_ : mapping_.substr(in_mapping_ + position, size);
}

void ImageBlocks::read(std::uint64_t position, char* to, std::size_t size) const {
    if (position > part_.size || size > part_.size - position)
        refuse("something lies beyond its end");
    while (size > 0) {
        const ssize_t got = pread(file_, to, size, static_cast<off_t>(part_.offset + position));
        if (got == -1 && errno == EINTR) continue;
        check(got, "reading the image");
        if (got == 0) refuse("it is cut short");
        to += got;
        position += static_cast<std::uint64_t>(got);
        size -= static_cast<std::size_t>(got);
    }
}

void ImageBlocks::set_format(std::uint16_t compression, std::uint32_t block_size,
                             std::uint64_t used) {
    compression_ = compression;
    block_size_ = block_size;
    part_.size = std::min(part_.size, used);
    reader_ = std::make_unique<BlockReader>(*this);
}

BlockReader::BlockReader(const ImageBlocks& image)
    : image_(image), decompressor_(image.compression()) {}

void BlockReader::read(std::uint64_t position, std::size_t size, bool is_compressed,
                       std::size_t room, std::string& bytes) {
    if (size == 0 || size > room) refuse("a block has an impossible size");
    std::string& stored = is_compressed ? stored_ : bytes;
    stored.resize(size);
    image_.read(position, stored.data(), size);
    if (!is_compressed) return;
    bytes.resize(room);
    bytes.resize(decompressor_.decompress(stored, bytes.data(), room));
}

void BlockReader::read_data(std::uint64_t position, std::uint32_t size, std::string& bytes) {
    read(position, size & ~ImageBlocks::kDataIsPlain, !(size & ImageBlocks::kDataIsPlain),
         image_.block_size(), bytes);
}

const ImageBlocks::Metadata& ImageBlocks::metadata(std::uint64_t position) {
    const auto found = metadata_.find(position);
    if (found != metadata_.end()) return found->second;
    char header[2];
    read(position, header, sizeof header);
    const auto number = decode_number<std::uint16_t>(header);
    const std::size_t size = number & ~kMetadataIsPlain;
    Metadata block;
    reader_->read(position + sizeof header, size, !(number & kMetadataIsPlain), kMetadataBlock,
                  block.bytes);
    block.next = position + sizeof header + size;
    if (metadata_.size() >= kMetadataKept) metadata_.clear();
    return metadata_[position] = std::move(block);
}

std::string MetadataCursor::take(std::size_t size) {
    std::string bytes(size, '\0');
    move(size, bytes.data());
    return bytes;
}

void MetadataCursor::move(std::size_t size, char* to) {
    while (size > 0) {
        if (block_ >= end_) refuse("a table ends too early");
        const ImageBlocks::Metadata& block = blocks_->metadata(block_);
        if (offset_ >= block.bytes.size()) {
            // Only a full block goes on in the next one: so the loop ends.
            if (offset_ > block.bytes.size() || block.bytes.size() != ImageBlocks::kMetadataBlock)
                refuse("a table ends too early");
            block_ = block.next;
            offset_ = 0;
            continue;
        }
        const std::size_t part = std::min(size, block.bytes.size() - offset_);
        if (to) to = std::copy_n(block.bytes.data() + offset_, part, to);
        offset_ += part;
        size -= part;
    }
}

}  // namespace mincs::polecat
