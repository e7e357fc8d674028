// The extended attributes of an image's files (kernel Documentation/filesystems/squashfs.rst,
// "Xattr table(s)"): of those that are packed the ones named user.*, which mean the same to
// everybody.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/polecat/runner/image_blocks.hh"

namespace mincs::polecat {

struct Attribute {
    std::string name;  ///< "user.mime_type"
    std::string value;
};

/// In an inode: it has none.
inline constexpr std::uint32_t kNoAttributes = 0xffffffff;

class AttributeTable {
 public:
    /// An image without attributes.
    AttributeTable() = default;
    /// `position` is the super block's. Throws Error where that is damaged.
    AttributeTable(const ImageBlocks& blocks, std::uint64_t position);

    bool empty() const { return count_ == 0; }
    /// `index` is an inode's. Nothing for kNoAttributes; Error where they are damaged.
    std::vector<Attribute> read(ImageBlocks& blocks, std::uint32_t index) const;

 private:
    std::uint64_t position_ = 0;
    std::uint64_t content_ = 0;  // where names and values begin
    std::uint32_t count_ = 0;    // sets of attributes
};

}  // namespace mincs::polecat
