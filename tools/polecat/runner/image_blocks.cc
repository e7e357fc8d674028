// See image_blocks.hh.
#include "tools/polecat/runner/image_blocks.hh"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint16_t kMetadataIsPlain = 0x8000;
constexpr std::uint32_t kDataIsPlain = 1u << 24;
// What is kept: metadata of some 8000 files, and data for several readers at once.
constexpr std::size_t kMetadataKept = 512;
constexpr std::size_t kDataKept = 8u << 20;  // bytes
constexpr std::size_t kLeastDataKept = 4;    // blocks

[[noreturn]] void refuse(std::string_view why) {
    throw Error("the image is damaged: {}", why);
}

}  // namespace

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
    decompressor_ = std::make_unique<Decompressor>(compression);
    block_size_ = block_size;
    part_.size = std::min(part_.size, used);
}

/// Into `bytes`, whose room is used again: musl's malloc asks the kernel for each large block.
void ImageBlocks::decompress(std::uint64_t position, std::size_t size, bool is_compressed,
                             std::size_t room, std::string& bytes) {
    if (size == 0 || size > room) refuse("a block has an impossible size");
    std::string& stored = is_compressed ? stored_ : bytes;
    stored.resize(size);
    read(position, stored.data(), size);
    if (!is_compressed) return;
    bytes.resize(room);
    bytes.resize(decompressor_->decompress(stored, bytes.data(), room));
}

const ImageBlocks::Metadata& ImageBlocks::metadata(std::uint64_t position) {
    const auto found = metadata_.find(position);
    if (found != metadata_.end()) return found->second;
    char header[2];
    read(position, header, sizeof header);
    const auto number = decode_number<std::uint16_t>(header);
    const std::size_t size = number & ~kMetadataIsPlain;
    Metadata block;
    decompress(position + sizeof header, size, !(number & kMetadataIsPlain), kMetadataBlock,
               block.bytes);
    block.next = position + sizeof header + size;
    if (metadata_.size() >= kMetadataKept) metadata_.clear();
    return metadata_[position] = std::move(block);
}

std::shared_ptr<const std::string> ImageBlocks::data(std::uint64_t position, std::uint32_t size) {
    const auto found = std::find_if(data_.begin(), data_.end(), [&](const Data& block) {
        return block.position == position && block.size == size;
    });
    if (found != data_.end()) {
        data_.splice(data_.begin(), data_, found);
        return data_.front().bytes;
    }
    const bool is_compressed = !(size & kDataIsPlain);
    std::shared_ptr<std::string> bytes;
    if (data_.size() >= std::max(kLeastDataKept, kDataKept / block_size_)) {
        bytes = std::move(data_.back().bytes);
        data_.pop_back();
    }
    if (!bytes || bytes.use_count() > 1) bytes = std::make_shared<std::string>();
    decompress(position, size & ~kDataIsPlain, is_compressed, block_size_, *bytes);
    data_.push_front({position, size, bytes});
    return bytes;
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
