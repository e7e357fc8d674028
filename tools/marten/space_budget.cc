// See space_budget.hh.
#include "tools/marten/space_budget.hh"

#include <fcntl.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"

namespace mincs::marten {
namespace {

/// What others may still write, beyond the blocks that file systems themselves reserve for root.
constexpr std::int64_t kMaxReserve = std::int64_t{256} << 20;
constexpr int kReservePercent = 1;
/// Bytes between two looks: fewer as the room shrinks.
constexpr std::int64_t kMinStep = std::int64_t{256} << 10;
constexpr std::int64_t kMaxStep = std::int64_t{16} << 20;

/// Bytes that may be written to the file system of `fd` before its reserve is touched.
std::int64_t room(int fd) {
    struct statvfs info;
    check(fstatvfs(fd, &info), "looking how full the store's file system is");
    const auto bytes = [&](fsblkcnt_t blocks) {
        return static_cast<std::int64_t>(blocks * info.f_frsize);
    };
    return bytes(info.f_bavail) -
           std::min(kMaxReserve, bytes(info.f_blocks) / 100 * kReservePercent);
}

}  // namespace

SpaceBudget::SpaceBudget(const std::filesystem::path& directory,
                         std::optional<std::int64_t> max_size)
    : fd_(check(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                directory.native())),
      max_size_(max_size) {}

void SpaceBudget::expect(std::int64_t bytes) const {
    if (const std::int64_t free = room(fd_.get()); bytes > free)
        throw SysError(ENOSPC, "it takes at least {}, and the store's file system has room for {}",
                       format_size(bytes), format_size(std::max<std::int64_t>(0, free)));
}

void SpaceBudget::claim(std::int64_t bytes) {
    const std::int64_t before = claimed_.fetch_add(bytes);
    if (max_size_ && before + bytes > *max_size_)
        throw SysError(EFBIG, "the image's layers have more than {}, which --max-size allows",
                       format_size(*max_size_));
    if (before + bytes < next_look_) return;
    const std::int64_t free = room(fd_.get());
    if (free < bytes) throw SysError(ENOSPC, "the store's file system is nearly full");
    next_look_ = before + bytes + std::clamp(free / 4, kMinStep, kMaxStep);
}

}  // namespace mincs::marten
