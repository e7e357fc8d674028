// The data blocks of an image, decompressed and kept for a while, and one thread that may make
// those that will be wanted next while their reader is busy with something else.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "tools/polecat/runner/image_blocks.hh"

namespace mincs::polecat {

class DataBlocks {
 public:
    using Bytes = std::shared_ptr<const std::string>;

    /// `image`, whose format is known, must outlive this.
    explicit DataBlocks(const ImageBlocks& image) : image_(image) {}
    DataBlocks(const DataBlocks&) = delete;
    DataBlocks& operator=(const DataBlocks&) = delete;
    ~DataBlocks();

    /// The block or fragment at this position, whose size in the image (with the bit for "not
    /// compressed") is `size`. Throws Error where it is damaged. One thread may ask, and says how
    /// many bytes it takes: whoever took all of a block will hardly ask again.
    Bytes get(std::uint64_t position, std::uint32_t size, std::size_t taken);

    /// Starts the helper, if there is a processor for it. It ends with this object.
    void start_helper();
    /// Will probably be asked for, in the order of these calls. Nothing happens without a helper.
    void expect(std::uint64_t position, std::uint32_t size);

 private:
    struct Place {
        std::uint64_t position;
        std::uint32_t size;
        bool operator==(const Place&) const = default;
    };
    struct Buffer {
        std::string bytes;
        std::atomic<int> readers = 0;  // who got them by get() and has them still
    };
    struct Block {
        Place place;
        std::shared_ptr<Buffer> buffer;  // none while somebody makes it
        bool was_asked_for;
        std::size_t taken = 0;  // bytes, so far

        bool is_used_up() const { return buffer && taken >= buffer->bytes.size(); }
    };
    using Blocks = std::list<Block>;

    Blocks::iterator find(const Place& place);
    static Bytes lend(const std::shared_ptr<Buffer>& buffer);
    std::shared_ptr<Buffer> take_buffer();
    void make(std::unique_lock<std::mutex>& lock, BlockReader& reader, Blocks::iterator block);
    bool may_go_ahead() const;
    std::size_t most_kept() const;
    void help();

    const ImageBlocks& image_;
    std::unique_ptr<BlockReader> reader_;  // the asker's
    std::mutex mutex_;                     // of all below
    std::condition_variable changed_;
    Blocks blocks_;              // the last used first
    std::size_t ahead_ = 0;      // blocks that nobody asked for so far
    std::list<Place> expected_;  // the helper's work
    bool has_ended_ = false;
    bool has_helper_ = false;
    pthread_t helper_ = {};
};

}  // namespace mincs::polecat
