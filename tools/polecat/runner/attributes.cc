// See attributes.hh.
#include "tools/polecat/runner/attributes.hh"

#include <linux/limits.h>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kNoTable = ~0ull;
constexpr std::size_t kHeader = 16, kIdEntry = 16;
constexpr std::size_t kIdsPerBlock = ImageBlocks::kMetadataBlock / kIdEntry;
constexpr std::uint16_t kUser = 0, kTypeMask = 0xff, kIsElsewhere = 0x100;
constexpr std::uint32_t kMost = 1024;           // of one file
constexpr std::size_t kMostBytes = 256u << 10;  // of all values of one file

[[noreturn]] void refuse(std::string_view why) {
    throw Error("the image is damaged: {}", why);
}

}  // namespace

AttributeTable::AttributeTable(const ImageBlocks& blocks, std::uint64_t position)
    : position_(position) {
    if (position == kNoTable) return;
    char header[kHeader];
    blocks.read(position, header, sizeof header);
    content_ = decode_number<std::uint64_t>(header);
    count_ = decode_number<std::uint32_t>(header + 8);
    if (content_ > position) refuse("its table of attributes is not where it should be");
}

std::vector<Attribute> AttributeTable::read(ImageBlocks& blocks, std::uint32_t index) const {
    if (index == kNoAttributes) return {};
    if (index >= count_) refuse("a file's attributes do not exist");
    char place[8];
    blocks.read(position_ + kHeader + index / kIdsPerBlock * sizeof place, place, sizeof place);
    MetadataCursor set(blocks, decode_number<std::uint64_t>(place), index % kIdsPerBlock * kIdEntry,
                       position_);
    const auto cursor_at = [&](std::uint64_t ref) {
        if (ref >> 16 >= position_ - content_) refuse("an attribute lies outside of their table");
        return MetadataCursor(blocks, content_ + (ref >> 16), ref & 0xffff, position_);
    };
    MetadataCursor cursor = cursor_at(set.number<std::uint64_t>());
    const auto count = set.number<std::uint32_t>();
    if (count > kMost) refuse("a file has too many attributes");

    std::vector<Attribute> attributes;
    std::size_t left = kMostBytes;
    const auto take_value = [&](MetadataCursor& from) {
        const auto size = from.number<std::uint32_t>();
        if (size > XATTR_SIZE_MAX || size > left) refuse("an attribute is too large");
        left -= size;
        return from.take(size);
    };
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto type = cursor.number<std::uint16_t>();
        const std::string name = cursor.take(cursor.number<std::uint16_t>());
        if (name.empty() || name.size() > XATTR_NAME_MAX || name.find('\0') != std::string::npos)
            refuse("an attribute has an impossible name");
        std::string value = take_value(cursor);
        if (type & kIsElsewhere) {  // the value was a place
            if (value.size() != 8) refuse("an attribute's place is no place");
            MetadataCursor elsewhere = cursor_at(decode_number<std::uint64_t>(value.data()));
            value = take_value(elsewhere);
        }
        if ((type & kTypeMask) == kUser) attributes.push_back({"user." + name, std::move(value)});
    }
    return attributes;
}

}  // namespace mincs::polecat
