// See spares.hh.
#include "db/spares.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace mincs::db {
namespace {

/// So many brief containers at once have one.
constexpr int kSpares = 8;

bool make(const std::filesystem::path& directory, mode_t mode) {
    if (mkdir(directory.c_str(), mode) == 0) return true;
    if (errno == EEXIST) return false;
    throw SysError(errno, "creating the directory '{}'", directory.native());
}

/// Nothing where somebody has it, or takes it away to be a container's own this very moment.
std::optional<FileLock> lock(const ContainerDirectory& directory) {
    try {
        return FileLock::try_acquire(directory.lock());
    } catch (const SysError& error) {
        if (error.code() != ENOENT) throw;
        return std::nullopt;
    }
}

/// What a volatile overlay leaves in its work directory (overlayfs.rst, "Volatile mount").
void remove_left_work(const std::filesystem::path& work) {
    const std::filesystem::path inner = work / "work";
    unlink((inner / "incompat/volatile/dirty").c_str());
    for (const char* name : {"incompat/volatile", "incompat", ""}) rmdir((inner / name).c_str());
}

void empty(const std::filesystem::path& directory,
           const std::vector<std::filesystem::path>& kept = {}) {
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (std::find(kept.begin(), kept.end(), entry.path()) == kept.end())
            remove_tree(entry.path());
}

}  // namespace

std::optional<Spare> take_spare(const Layout& layout) {
    make_directories(layout.spares(), 0700);
    for (int number = 0; number < kSpares; ++number) {
        const ContainerDirectory directory(layout.spares() / std::to_string(number));
        make(directory.base, 0700);
        auto mine = lock(directory);
        if (!mine) continue;
        make(directory.work(), 0755);
        // Where there is a storage its last owner was killed.
        if (make(directory.storage(), 0755)) return Spare{directory, std::move(*mine)};
    }
    return std::nullopt;
}

void give_back_spare(const ContainerDirectory& directory) {
    remove_left_work(directory.work());  // by name: to look takes five times as many system calls
    empty(directory.work());             // where there were several overlays
    empty(directory.base, {directory.lock(), directory.work()});
}

}  // namespace mincs::db
