// Writes the files of a closure as a squashfs image, in-process, by libsquashfs
// (squashfs-tools-ng); this pair owns it. The same files give the same bytes whatever the time, the
// user, the number of threads or the order in which a directory lists them: entries are sorted,
// inode numbers follow that order, no clock is read.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libcore/fs/root_dir.hh"
#include "tools/polecat/closure.hh"
#include "tools/polecat/start_budget.hh"

namespace mincs::polecat {

/// What the runner can read, too.
enum class PackCompression { kZstd, kXz };

/// Which of the files that every start reads are stored as they are.
enum class Plain {
    kNone,
    kWithinBudget,  ///< as many blocks of them as start_budget.hh has room for
    kAll,           ///< the bundle is up to three times as large, and starts fastest
};

struct PackOptions {
    PackCompression compression = PackCompression::kZstd;
    std::uint32_t block_size = 128u << 10;  ///< bytes; the kernel decompresses a block at a time
    /// 1 to 22; costs time here, hardly any when reading. 19 takes four times as long as this one
    /// and saves 0.8 % (docs/decisions.md).
    int zstd_level = 15;
    unsigned threads = 1;
    /// Every start reads these: their content stands together, behind that of all others.
    std::vector<std::string> first = {};
    /// So may some of these, which stand together in front of them, compressed. Ordered by path.
    std::set<std::string> opened = {};
    Plain plain = Plain::kNone;
    StartBudget budget = {};
    /// $SOURCE_DATE_EPOCH: no file is newer than that, and it is the image's own date (else 0).
    std::optional<std::int64_t> source_date_epoch;
};

struct PackResult {
    std::uint64_t size = 0;  ///< bytes, a multiple of 4096
    /// Within a budget: what it would take at most with everything compressed.
    std::uint64_t all_compressed = 0;
    std::size_t entries = 0;
};

/// Writes to `out`, an empty regular file open for reading and writing, from its beginning. Owners,
/// modes, times, links, hard links, security.capability and user.* attributes are kept. Throws
/// Error, also for a file that changed its size meanwhile.
PackResult pack(const fs::RootDir& root, const Files& files, const PackOptions& options, int out);

}  // namespace mincs::polecat
