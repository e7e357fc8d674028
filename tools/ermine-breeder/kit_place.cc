// See kit_place.hh.
#include "tools/ermine-breeder/kit_place.hh"

#include <sys/stat.h>
#include <unistd.h>

#include "libcore/base/log.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

FileLock locked(const std::string& arch, const std::string& kind) {
    make_directories(ermine::kits_directory());
    if (auto lock = FileLock::try_acquire(lock_of(arch, kind))) return std::move(*lock);
    warning("somebody else is making the guest {}-{}, waiting for that", arch, kind);
    return FileLock::acquire(lock_of(arch, kind));
}

stdfs::path beside(const std::string& arch, const std::string& kind, const char* suffix) {
    return ermine::kits_directory() / fmt::format(".{}-{}.{}", arch, kind, suffix);
}

/// A power cut after the rename must not find a kit of empty files.
void sync_file_system_of(const stdfs::path& directory) {
    const Fd fd(check(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                      directory.string()));
    check(syncfs(fd.get()), "writing '{}' to the disk", directory.string());
}

/// The new kit takes the place of the old one, which is where the new one was afterwards. A file
/// system that cannot exchange the two (NFS) is without a kit for a moment.
void exchange(const stdfs::path& made, const stdfs::path& place) {
    if (renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return;
    if (errno != ENOENT && errno != EINVAL)
        throw SysError(errno, "putting the guest at '{}'", place.string());
    remove_tree(place);
    check(rename(made.c_str(), place.c_str()), "putting the guest at '{}'", place.string());
}

}  // namespace

stdfs::path lock_of(const std::string& arch, const std::string& kind) {
    return beside(arch, kind, "lock");
}

stdfs::path work_of(const std::string& arch, const std::string& kind) {
    return beside(arch, kind, "work");
}

stdfs::path log_of(const std::string& arch, const std::string& kind) {
    return beside(arch, kind, "log");
}

KitPlace::KitPlace(const std::string& arch, const std::string& kind)
    : arch_(arch), kind_(kind), lock_(locked(arch, kind)), work_(work_of(arch, kind)) {
    remove_tree(work_);
    make_directories(files());
}

KitPlace::~KitPlace() {
    try {
        remove_tree(work_);
    } catch (const Error& error) {
        warning("{}, ignoring", error.what());
    }
}

std::optional<ermine::Kit> KitPlace::kit_of(const std::string& recipe) const {
    auto kit = ermine::find_kit(arch_, kind_, ermine::Speaking::kAny);
    if (!kit || kit->recipe != recipe) return std::nullopt;
    return kit;
}

void KitPlace::keep_kernel(const ermine::Kit& kit) const {
    for (const char* name : {ermine::kKernelFile, kBzImageFile})
        if (const stdfs::path from = kit.kernel.parent_path() / name; stdfs::exists(from))
            stdfs::copy_file(from, files() / name);
}

stdfs::path KitPlace::publish(const std::string& version, const std::string& recipe,
                              const std::string& programs) {
    const ermine::Kit kit{{}, {}, arch_, kind_, version, recipe, programs};
    replace_file(files() / ermine::kNoteFile, ermine::note_text(kit));
    sync_file_system_of(files());
    const stdfs::path place = ermine::kit_directory(arch_, kind_);
    exchange(files(), place);
    return place;
}

}  // namespace mincs::breeder
