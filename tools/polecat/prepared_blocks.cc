// See prepared_blocks.hh.
#include "tools/polecat/prepared_blocks.hh"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/polecat/start_budget.hh"

namespace mincs::polecat {

/// An object in libsquashfs's own way: functions that are given it as its first member.
struct PreparedBlocks::Knowing : sqfs_compressor_t {
    Knowing(const PreparedBlocks& known, Sqfs<sqfs_compressor_t> compressor)
        : sqfs_compressor_t(*compressor), blocks(known), inner(std::move(compressor)) {
        base.destroy = [](sqfs_object_t* self) {
            delete static_cast<Knowing*>(reinterpret_cast<sqfs_compressor_t*>(self));
        };
        base.copy = [](const sqfs_object_t* self) {
            return reinterpret_cast<sqfs_object_t*>(copy_of(
                static_cast<const Knowing&>(*reinterpret_cast<const sqfs_compressor_t*>(self))));
        };
        do_block = [](sqfs_compressor_t* self, const sqfs_u8* in, sqfs_u32 size, sqfs_u8* out,
                      sqfs_u32 room) {
            return static_cast<Knowing*>(self)->compress(in, size, out, room);
        };
    }

    /// None: out of memory.
    static Knowing* copy_of(const Knowing& original) {
        Sqfs<sqfs_compressor_t> inner(
            static_cast<sqfs_compressor_t*>(sqfs_copy(original.inner.get())));
        return inner ? new (std::nothrow) Knowing(original.blocks, std::move(inner)) : nullptr;
    }

    sqfs_s32 compress(const sqfs_u8* in, sqfs_u32 size, sqfs_u8* out, sqfs_u32 room) {
        const auto found = blocks.by_bytes_.find({reinterpret_cast<const char*>(in), size});
        if (found == blocks.by_bytes_.end())
            return inner->do_block(inner.get(), in, size, out, room);
        const Block& block = *found->second;
        if (block.is_plain || block.compressed.size() > room) return 0;
        std::memcpy(out, block.compressed.data(), block.compressed.size());
        return static_cast<sqfs_s32>(block.compressed.size());
    }

    const PreparedBlocks& blocks;
    Sqfs<sqfs_compressor_t> inner;
};

void PreparedBlocks::add(std::string bytes) {
    if (bytes.find_first_not_of('\0') == std::string::npos || by_bytes_.contains(bytes)) return;
    const Block& block = blocks_.emplace_back(Block{std::move(bytes), {}, false});
    by_bytes_[block.bytes] = &block;
}

void PreparedBlocks::compress_one(sqfs_compressor_t& compressor, Block& block) const {
    std::string out(block.bytes.size(), '\0');
    const sqfs_s32 size = compressor.do_block(
        &compressor, reinterpret_cast<const sqfs_u8*>(block.bytes.data()),
        static_cast<sqfs_u32>(block.bytes.size()), reinterpret_cast<sqfs_u8*>(out.data()),
        static_cast<sqfs_u32>(out.size()));
    if (size < 0) check_sqfs(size, "compressing");
    block.compressed.assign(out, 0, static_cast<std::size_t>(size));
}

void PreparedBlocks::compress(unsigned threads) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failed;
    const auto work = [&] {
        try {
            const auto own = made(static_cast<sqfs_compressor_t*>(sqfs_copy(&compressor_)),
                                  "setting up the compression");
            for (std::size_t i = next++; i < blocks_.size(); i = next++)
                compress_one(*own, blocks_[i]);
        } catch (...) {
            const std::lock_guard lock(mutex);
            failed = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(work);
        work();
    }
    if (failed) std::rethrow_exception(failed);
}

std::uint64_t PreparedBlocks::size() const {
    std::uint64_t bytes = 0;
    for (const Block& block : blocks_) bytes += block.smallest();
    return bytes;
}

void PreparedBlocks::choose_plain(std::uint64_t room) {
    std::vector<BlockSizes> sizes;
    for (const Block& block : blocks_) sizes.push_back({block.bytes.size(), block.smallest()});
    const std::vector<bool> chosen = choose_plain_blocks(sizes, room);
    for (std::size_t i = 0; i < blocks_.size(); ++i) blocks_[i].is_plain = chosen[i];
}

Sqfs<sqfs_compressor_t> PreparedBlocks::compressor() {
    auto inner = made(static_cast<sqfs_compressor_t*>(sqfs_copy(&compressor_)),
                      "setting up the compression");
    return Sqfs<sqfs_compressor_t>(new Knowing(*this, std::move(inner)));
}

}  // namespace mincs::polecat
