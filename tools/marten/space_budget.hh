// What an image may take of the disk while it comes: as much as --max-size allows, and never the
// last of what is free. A few kilobytes from a registry can unpack to terabytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "libcore/base/fd.hh"

namespace mincs::marten {

class SpaceBudget {
 public:
    /// `directory`: of the store. `max_size`: bytes of uncompressed
    /// layers, all of an image together.
    SpaceBudget(const std::filesystem::path& directory, std::optional<std::int64_t> max_size);

    /// So many bytes will be written for certain. Throws SysError (ENOSPC) where there is no room
    /// for them.
    void expect(std::int64_t bytes) const;
    /// `bytes` more of uncompressed layers come now. Throws SysError where they are too many
    /// (EFBIG), or the file system is about to be full (ENOSPC). Negative: they come to nothing,
    /// and will come again. For any thread.
    void claim(std::int64_t bytes);

 private:
    Fd fd_;
    std::optional<std::int64_t> max_size_;
    std::atomic<std::int64_t> claimed_ = 0;
    std::atomic<std::int64_t> next_look_ = 0;  ///< at the free space, once so much is claimed
};

}  // namespace mincs::marten
