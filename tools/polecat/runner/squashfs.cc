// See squashfs.hh.
#include "tools/polecat/runner/squashfs.hh"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint32_t kMagic = 0x73717368;  // "hsqs"
constexpr std::size_t kSuperBlock = 96;
constexpr std::uint32_t kNoFragment = 0xffffffff;
constexpr std::uint32_t kSmallestBlock = 4096;
constexpr std::uint32_t kLargestBlock = 1u << 20;

// Bounds of ours; a real application is far from them.
constexpr std::size_t kMostBlocks = 4u << 20;         // of one file: 512 GiB at 128 KiB
constexpr std::uint32_t kLongestListing = 64u << 20;  // bytes
constexpr std::size_t kLongestTarget = 4096;
constexpr std::size_t kLongestName = 255;

enum Type : std::uint16_t {
    kDirectory = 1,
    kFile,
    kLink,
    kBlockDevice,
    kCharacterDevice,
    kFifo,
    kSocket,
    kLong = 7  // added to each of them: the long form
};

[[noreturn]] void refuse(std::string_view why) {
    throw Error("the image is damaged: {}", why);
}

mode_t type_bits(std::uint16_t type) {
    constexpr mode_t kBits[] = {S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK};
    const std::uint16_t basic = type > kLong ? type - kLong : type;
    if (basic < kDirectory || basic > kSocket) refuse("an inode has an unknown type");
    return kBits[basic - 1];
}

bool is_good_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Squashfs::Squashfs(int file, const Extent& part) : blocks_(file, part) {
    read_super_block();
}

void Squashfs::read_super_block() {
    char super[kSuperBlock];
    blocks_.read(0, super, sizeof super);
    const auto u16 = [&](std::size_t at) { return decode_number<std::uint16_t>(super + at); };
    const auto u32 = [&](std::size_t at) { return decode_number<std::uint32_t>(super + at); };
    const auto u64 = [&](std::size_t at) { return decode_number<std::uint64_t>(super + at); };
    if (u32(0) != kMagic) refuse("it is no squashfs");
    if (u16(28) != 4 || u16(30) != 0) refuse("it is of another squashfs version than 4.0");
    inode_count_ = u32(4);
    const std::uint32_t block_size = u32(12);
    if (block_size < kSmallestBlock || block_size > kLargestBlock ||
        (block_size & (block_size - 1)) != 0)
        refuse("its block size is impossible");
    fragment_count_ = u32(16);
    root_ = u64(32);
    bytes_used_ = u64(40);
    compression_ = u16(20);
    blocks_.set_format(compression_, block_size, bytes_used_);
    inode_table_ = u64(64);
    directory_table_ = u64(72);
    fragment_table_ = u64(80);
    const std::uint64_t id_table = u64(48);
    // The tables stand in this order; an image without fragments may have none of them.
    directory_end_ = std::min({bytes_used_, id_table, fragment_table_});
    if (inode_table_ < kSuperBlock || inode_table_ > directory_table_ ||
        directory_table_ > directory_end_)
        refuse("its tables are not where they should be");
    read_ids(u16(26), id_table);
    attributes_ = AttributeTable(blocks_, u64(56));
}

void Squashfs::read_ids(std::uint16_t count, std::uint64_t table) {
    constexpr std::size_t kPerBlock = ImageBlocks::kMetadataBlock / sizeof(std::uint32_t);
    for (std::size_t i = 0; i < count; i += kPerBlock) {
        char position[8];
        blocks_.read(table + i / kPerBlock * sizeof position, position, sizeof position);
        MetadataCursor cursor(blocks_, decode_number<std::uint64_t>(position), 0, table);
        for (std::size_t j = i; j < std::min<std::size_t>(count, i + kPerBlock); ++j)
            ids_.push_back(cursor.number<std::uint32_t>());
    }
}

Inode Squashfs::inode(InodeRef ref) {
    const std::uint64_t block = ref >> 16;
    if (block >= directory_table_ - inode_table_) refuse("an inode lies outside of their table");
    MetadataCursor cursor(blocks_, inode_table_ + block, ref & 0xffff, directory_table_);
    const auto type = cursor.number<std::uint16_t>();
    const bool is_long = type > kLong;
    Inode inode;
    inode.mode = type_bits(type) | (cursor.number<std::uint16_t>() & 07777u);
    const auto uid = cursor.number<std::uint16_t>();
    const auto gid = cursor.number<std::uint16_t>();
    if (uid >= ids_.size() || gid >= ids_.size()) refuse("a file's owner is not in the table");
    inode.uid = ids_[uid];
    inode.gid = ids_[gid];
    inode.mtime = cursor.number<std::uint32_t>();
    inode.number = cursor.number<std::uint32_t>();
    switch (inode.mode & S_IFMT) {
        case S_IFDIR:
            read_directory_inode(cursor, is_long, inode);
            break;
        case S_IFREG:
            read_file_inode(cursor, is_long, inode);
            break;
        case S_IFLNK:
            read_link_inode(cursor, inode);
            break;
        default:
            inode.links = cursor.number<std::uint32_t>();
            if (S_ISCHR(inode.mode) || S_ISBLK(inode.mode))
                inode.device = cursor.number<std::uint32_t>();
    }
    return inode;
}

void Squashfs::read_directory_inode(MetadataCursor& cursor, bool is_long, Inode& inode) {
    if (is_long) {
        inode.links = cursor.number<std::uint32_t>();
        inode.listing_size = cursor.number<std::uint32_t>();
        inode.listing_block = cursor.number<std::uint32_t>();
        cursor.skip(4 + 2);  // the parent's number, the index's length
    } else {
        inode.listing_block = cursor.number<std::uint32_t>();
        inode.links = cursor.number<std::uint32_t>();
        inode.listing_size = cursor.number<std::uint16_t>();
    }
    inode.listing_offset = cursor.number<std::uint16_t>();
    if (inode.listing_size > kLongestListing) refuse("a directory is too large");
    inode.size = inode.listing_size;
}

void Squashfs::read_file_inode(MetadataCursor& cursor, bool is_long, Inode& inode) {
    if (is_long) {
        inode.data_start = cursor.number<std::uint64_t>();
        inode.size = cursor.number<std::uint64_t>();
        cursor.skip(8);  // bytes saved by holes
        inode.links = cursor.number<std::uint32_t>();
        inode.fragment = cursor.number<std::uint32_t>();
        inode.fragment_offset = cursor.number<std::uint32_t>();
        inode.attributes = cursor.number<std::uint32_t>();
    } else {
        inode.data_start = cursor.number<std::uint32_t>();
        inode.fragment = cursor.number<std::uint32_t>();
        inode.fragment_offset = cursor.number<std::uint32_t>();
        inode.size = cursor.number<std::uint32_t>();
    }
    const std::uint64_t whole = inode.size / block_size();
    const bool has_tail = inode.size % block_size() != 0;
    const std::uint64_t count = whole + (has_tail && inode.fragment == kNoFragment ? 1 : 0);
    if (count > kMostBlocks) refuse("a file is too large");
    for (std::uint64_t i = 0; i < count; ++i)
        inode.blocks.push_back(cursor.number<std::uint32_t>());
}

void Squashfs::read_link_inode(MetadataCursor& cursor, Inode& inode) {
    inode.links = cursor.number<std::uint32_t>();
    inode.size = cursor.number<std::uint32_t>();
    if (inode.size == 0 || inode.size > kLongestTarget) refuse("a link's target is too long");
    inode.target = cursor.take(inode.size);
    if (inode.target.find('\0') != std::string::npos) refuse("a link's target has a NUL in it");
}

std::vector<DirectoryEntry> Squashfs::list(const Inode& directory) {
    constexpr std::size_t kDots = 3;  // "." and ".." are counted, and not there
    constexpr std::size_t kHeader = 12, kEntry = 8;
    std::vector<DirectoryEntry> entries;
    std::size_t left = directory.listing_size > kDots ? directory.listing_size - kDots : 0;
    MetadataCursor cursor(blocks_, directory_table_ + directory.listing_block,
                          directory.listing_offset, directory_end_);
    const auto spend = [&left](std::size_t size) {
        if (size > left) refuse("a directory's listing is cut short");
        left -= size;
    };
    while (left > 0) {
        spend(kHeader);
        const std::uint64_t count = std::uint64_t{cursor.number<std::uint32_t>()} + 1;
        const std::uint64_t block = cursor.number<std::uint32_t>();
        const auto base = cursor.number<std::uint32_t>();
        for (std::uint64_t i = 0; i < count; ++i) {
            spend(kEntry);
            DirectoryEntry entry;
            entry.ref = block << 16 | cursor.number<std::uint16_t>();
            entry.number = base + static_cast<std::uint32_t>(
                                      static_cast<std::int16_t>(cursor.number<std::uint16_t>()));
            entry.type = type_bits(cursor.number<std::uint16_t>());
            const std::size_t size = std::size_t{cursor.number<std::uint16_t>()} + 1;
            spend(size);
            entry.name = cursor.take(size);
            if (!is_good_name(entry.name)) refuse("a file has an impossible name");
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

/// Bytes that block `index` of the file holds.
std::uint64_t Squashfs::block_length(const Inode& file, std::size_t index) const {
    return std::min<std::uint64_t>(block_size(), file.size - std::uint64_t{index} * block_size());
}

namespace {

constexpr std::uint32_t kStoredSize = (1u << 24) - 1;  // of a block, without the bit above

[[noreturn]] void refuse_length() {
    refuse("a block has another length than its file says");
}

/// Where block `index` of the file stands in the image.
std::uint64_t position_of(const Inode& file, std::size_t index) {
    std::uint64_t position = file.data_start;
    for (std::size_t i = 0; i < std::min(index, file.blocks.size()); ++i)
        position += file.blocks[i] & kStoredSize;
    return position;
}

}  // namespace

/// Whether it can be had without reading.
bool Squashfs::is_mapped_plain(std::uint64_t position, std::uint32_t stored) const {
    return (stored & ImageBlocks::kDataIsPlain) != 0 &&
           !blocks_.mapped(position, stored & kStoredSize).empty();
}

std::vector<Piece> Squashfs::pieces(const Inode& file, std::uint64_t offset, std::size_t size) {
    std::vector<Piece> pieces;
    if (offset >= file.size) return pieces;
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, file.size - offset));
    std::size_t index = static_cast<std::size_t>(offset / block_size());
    std::size_t within = static_cast<std::size_t>(offset % block_size());
    std::uint64_t position = position_of(file, index);
    for (; size > 0; ++index, within = 0) {
        if (index >= file.blocks.size()) {
            pieces.push_back(piece_of_fragment(file, within, size));
            break;
        }
        pieces.push_back(piece_of_block(file, index, position, within, size));
        size -= pieces.back().size;
        position += file.blocks[index] & kStoredSize;
    }
    return pieces;
}

std::size_t Squashfs::read(const Inode& file, std::uint64_t offset, char* to, std::size_t size) {
    const char* const begin = to;
    for (const Piece& piece : pieces(file, offset, size)) {
        if (piece.bytes)
            std::memcpy(to, piece.bytes, piece.size);
        else
            std::memset(to, 0, piece.size);
        to += piece.size;
    }
    return static_cast<std::size_t>(to - begin);
}

void Squashfs::expect(const Inode& file, std::uint64_t offset, std::uint64_t size) {
    if (offset >= file.size) return;
    const std::uint64_t end = offset + std::min(size, file.size - offset);
    std::size_t index = static_cast<std::size_t>(offset / block_size());
    std::uint64_t position = position_of(file, index);
    for (; index < file.blocks.size() && std::uint64_t{index} * block_size() < end; ++index) {
        if (file.blocks[index] != 0 && !is_mapped_plain(position, file.blocks[index]))
            data_.expect(position, file.blocks[index]);
        position += file.blocks[index] & kStoredSize;
    }
    if (std::uint64_t{index} * block_size() >= end) return;
    const Stored fragment = fragment_of(file);
    data_.expect(fragment.position, fragment.size);
}

Piece Squashfs::piece_of_block(const Inode& file, std::size_t index, std::uint64_t position,
                               std::size_t within, std::size_t size) {
    const auto length = static_cast<std::size_t>(block_length(file, index));
    const std::size_t part = std::min(size, length - within);
    const std::uint32_t stored = file.blocks[index];
    if (stored == 0) return {nullptr, part};
    if (is_mapped_plain(position, stored)) {
        if ((stored & kStoredSize) != length) refuse_length();
        return {blocks_.mapped(position, length).data() + within, part};
    }
    DataBlocks::Bytes block = data_.get(position, stored, part);
    if (block->size() != length) refuse_length();
    const char* const bytes = block->data() + within;
    return {bytes, part, std::move(block)};
}

Squashfs::Stored Squashfs::fragment_of(const Inode& file) {
    constexpr std::size_t kEntry = 16;
    constexpr std::size_t kPerBlock = ImageBlocks::kMetadataBlock / kEntry;
    if (file.fragment >= fragment_count_) refuse("a file's fragment does not exist");
    char place[8];
    blocks_.read(fragment_table_ + file.fragment / kPerBlock * sizeof place, place, sizeof place);
    MetadataCursor cursor(blocks_, decode_number<std::uint64_t>(place),
                          file.fragment % kPerBlock * kEntry, fragment_table_);
    const auto position = cursor.number<std::uint64_t>();
    return {position, cursor.number<std::uint32_t>()};
}

Piece Squashfs::piece_of_fragment(const Inode& file, std::size_t within, std::size_t size) {
    const Stored stored = fragment_of(file);
    const DataBlocks::Bytes fragment = data_.get(stored.position, stored.size, size);
    const std::size_t begin = std::size_t{file.fragment_offset} + within;
    if (begin > fragment->size() || size > fragment->size() - begin)
        refuse("a file lies beyond its fragment's end");
    return {fragment->data() + begin, size, fragment};
}

}  // namespace mincs::polecat
