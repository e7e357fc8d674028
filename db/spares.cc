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

/// The directory that overlayfs makes for itself in the one that it is given.
std::filesystem::path inner_work(const ContainerDirectory& directory) {
    return directory.work() / "work";
}

/// What a volatile overlay leaves of that (overlayfs.rst, "Volatile mount"), by name: to look takes
/// five times as many system calls.
void remove_inner_work(const std::filesystem::path& inner) {
    unlink((inner / "incompat/volatile/dirty").c_str());
    for (const char* name : {"incompat/volatile", "incompat", ""}) rmdir((inner / name).c_str());
}

void empty(const std::filesystem::path& directory,
           const std::vector<std::filesystem::path>& kept = {}) {
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (std::find(kept.begin(), kept.end(), entry.path()) == kept.end())
            remove_tree(entry.path());
}

/// False where something of that name has been put aside before, and is not empty.
bool put_aside(const std::filesystem::path& path, const std::filesystem::path& aside) {
    if (rename(path.c_str(), aside.c_str()) == 0) return true;
    return errno == ENOENT && mkdir(aside.parent_path().c_str(), 0700) == 0 &&
           rename(path.c_str(), aside.c_str()) == 0;
}

/// An empty storage, and with it the work directory. The storage goes last: where there is one its
/// owner was killed (take_spare()).
bool put_aside_what_is_empty(const ContainerDirectory& directory) {
    return std::filesystem::is_empty(directory.storage()) &&
           put_aside(inner_work(directory), directory.left() / "work") &&
           put_aside(directory.storage(), directory.left() / "storage");
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
    std::vector<std::filesystem::path> kept = {directory.lock(), directory.work()};
    if (put_aside_what_is_empty(directory))
        kept.push_back(directory.left());
    else
        remove_inner_work(inner_work(directory));
    empty(directory.work());  // where there were several overlays
    empty(directory.base, kept);
}

void tidy_spare(const ContainerDirectory& directory) {
    remove_inner_work(directory.left() / "work");
    if (rmdir((directory.left() / "storage").c_str()) == -1 && errno != ENOENT)
        remove_tree(directory.left());  // through a file that somebody had open
}

}  // namespace mincs::db
