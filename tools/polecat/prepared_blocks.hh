// Blocks of an image that are compressed before it is decided which of them are stored as they are:
// only then is it known what that costs. libsquashfs decides so for whole files, or where a block
// does not get smaller; so this is a compressor that says of the chosen ones that they do not.
#pragma once

#include <sqfs/compressor.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/polecat/sqfs.hh"

namespace mincs::polecat {

class PreparedBlocks {
 public:
    /// `compressor` does the work, and must outlive this and what compressor() returns.
    explicit PreparedBlocks(sqfs_compressor_t& compressor) : compressor_(compressor) {}
    PreparedBlocks(const PreparedBlocks&) = delete;
    PreparedBlocks& operator=(const PreparedBlocks&) = delete;

    /// A block of a file. Equal ones are one, as in the image, and one of zeros is none.
    void add(std::string bytes);
    /// Compresses all, by so many threads.
    void compress(unsigned threads);
    /// Bytes they take, all compressed.
    std::uint64_t size() const;
    /// Those that choose_plain_blocks() names are not compressed.
    void choose_plain(std::uint64_t room);

    /// Compresses as was prepared and chosen, and whatever was not prepared as ever. In several
    /// copies at a time. This object must outlive it.
    Sqfs<sqfs_compressor_t> compressor();

 private:
    struct Block {
        std::string bytes;
        std::string compressed;  ///< empty: it does not get smaller
        bool is_plain = false;

        std::size_t smallest() const {
            return compressed.empty() ? bytes.size() : compressed.size();
        }
    };
    struct Knowing;

    void compress_one(sqfs_compressor_t& compressor, Block& block) const;

    sqfs_compressor_t& compressor_;
    std::deque<Block> blocks_;  // which stay where they are
    std::unordered_map<std::string_view, const Block*> by_bytes_;
};

}  // namespace mincs::polecat
