// See spares.hh.
#include "db/spares.hh"

#include <sys/stat.h>
#include <unistd.h>

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

/// What a volatile overlay leaves in its work directory, by name (overlayfs.rst, "Volatile mount"):
/// to look takes five times as many system calls.
void empty_work_directory(const std::filesystem::path& work) {
    const std::filesystem::path inner = work / "work";
    unlink((inner / "incompat/volatile/dirty").c_str());
    for (const char* name : {"incompat/volatile", "incompat", ""}) rmdir((inner / name).c_str());
    if (std::filesystem::exists(inner)) remove_tree(inner);
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
    empty_work_directory(directory.work());
    for (const auto& entry : std::filesystem::directory_iterator(directory.base))
        if (entry.path() != directory.lock() && entry.path() != directory.work())
            remove_tree(entry.path());
}

}  // namespace mincs::db
