// See data_blocks.hh.
#include "tools/polecat/runner/data_blocks.hh"

#include <unistd.h>

#include <algorithm>
#include <new>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::size_t kKept = 8u << 20;          // bytes
constexpr std::size_t kLeastKept = 4;            // blocks
constexpr std::size_t kMostExpected = 1u << 12;  // blocks

}  // namespace

DataBlocks::~DataBlocks() {
    if (!has_helper_) return;
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
    }
    changed_.notify_all();
    pthread_join(helper_, nullptr);
}

std::size_t DataBlocks::most_kept() const {
    return std::max(kLeastKept, kKept / image_.block_size());
}

/// Never so far that what was made ahead pushes itself out.
bool DataBlocks::may_go_ahead() const {
    return ahead_ < most_kept() * 3 / 4;
}

DataBlocks::Blocks::iterator DataBlocks::find(const Place& place) {
    return std::find_if(blocks_.begin(), blocks_.end(),
                        [&](const Block& block) { return block.place == place; });
}

/// Room for a block: that of one of which all was taken, or, if there is no other room, of the one
/// not used for longest. It is used again, as musl's malloc asks the kernel for each large piece of
/// memory, whose pages it then fills with zeros; and what was just used is in the processor's
/// cache.
std::shared_ptr<DataBlocks::Buffer> DataBlocks::take_buffer() {
    auto last = std::find_if(blocks_.rbegin(), blocks_.rend(),
                             [](const Block& block) { return block.is_used_up(); });
    if (last == blocks_.rend() && blocks_.size() >= most_kept())
        last = std::find_if(blocks_.rbegin(), blocks_.rend(),
                            [](const Block& block) { return block.buffer != nullptr; });
    if (last != blocks_.rend()) {
        if (!last->was_asked_for) --ahead_;
        std::shared_ptr<Buffer> buffer = std::move(last->buffer);
        blocks_.erase(std::next(last).base());
        if (buffer->readers.load(std::memory_order_acquire) == 0) return buffer;
    }
    return std::make_shared<Buffer>();
}

/// They stay what they are until the last copy of what is returned has gone.
DataBlocks::Bytes DataBlocks::lend(const std::shared_ptr<Buffer>& buffer) {
    buffer->readers.fetch_add(1, std::memory_order_relaxed);
    return {&buffer->bytes, [buffer](const std::string*) {
                buffer->readers.fetch_sub(1, std::memory_order_release);
            }};
}

/// Decompresses without the lock. Where that fails the block is forgotten.
void DataBlocks::make(std::unique_lock<std::mutex>& lock, BlockReader& reader,
                      Blocks::iterator block) {
    std::shared_ptr<Buffer> buffer = take_buffer();
    const Place place = block->place;
    lock.unlock();
    try {
        reader.read_data(place.position, place.size, buffer->bytes);
    } catch (...) {
        lock.lock();
        if (!block->was_asked_for) --ahead_;
        blocks_.erase(block);
        changed_.notify_all();
        throw;
    }
    lock.lock();
    block->buffer = std::move(buffer);
    changed_.notify_all();
}

DataBlocks::Bytes DataBlocks::get(std::uint64_t position, std::uint32_t size, std::size_t taken) {
    const Place place = {position, size};
    std::unique_lock lock(mutex_);
    auto found = find(place);
    while (found != blocks_.end() && !found->buffer) {
        changed_.wait(lock);
        found = find(place);
    }
    if (found == blocks_.end()) {
        if (!reader_) reader_ = std::make_unique<BlockReader>(image_);
        blocks_.push_front({place, nullptr, true});
        found = blocks_.begin();
        make(lock, *reader_, found);
        found->taken += taken;
        return lend(found->buffer);
    }
    if (!found->was_asked_for) {
        found->was_asked_for = true;
        --ahead_;
        changed_.notify_all();
    }
    found->taken += taken;
    blocks_.splice(blocks_.begin(), blocks_, found);
    return lend(found->buffer);
}

void DataBlocks::expect(std::uint64_t position, std::uint32_t size) {
    if (!has_helper_) return;
    const Place place = {position, size};
    {
        const std::lock_guard lock(mutex_);
        if (expected_.size() >= kMostExpected || find(place) != blocks_.end()) return;
        expected_.push_back(place);
    }
    changed_.notify_all();
}

void DataBlocks::help() {
    BlockReader reader(image_);
    std::unique_lock lock(mutex_);
    while (true) {
        while (!has_ended_ && (expected_.empty() || !may_go_ahead())) changed_.wait(lock);
        if (has_ended_) return;
        const Place place = expected_.front();
        expected_.pop_front();
        if (find(place) != blocks_.end()) continue;
        blocks_.push_front({place, nullptr, false});
        ++ahead_;
        try {
            make(lock, reader, blocks_.begin());
        } catch (const Error&) {
            // Who asks for the block is told.
        }
    }
}

void DataBlocks::start_helper() {
    if (has_helper_ || sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
    has_helper_ = pthread_create(
                      &helper_, nullptr,
                      [](void* blocks) -> void* {
                          static_cast<DataBlocks*>(blocks)->help();
                          return nullptr;
                      },
                      this) == 0;
}

}  // namespace mincs::polecat
