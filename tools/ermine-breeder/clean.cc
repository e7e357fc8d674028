// `ermine-breeder clean`: removes guests and what a killed run left. Only names that are ours: the
// place may be a directory that somebody keeps other things in.
#include <cstdio>

#include "libcore/base/files.hh"
#include "libermine/kit.hh"
#include "tools/ermine-breeder/commands.hh"
#include "tools/ermine-breeder/kit_place.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

/// With its lock held, so that nothing is taken from under a run. Whether there was something.
bool remove_kit(const std::string& arch, const std::string& kind) {
    const stdfs::path kit = ermine::kit_directory(arch, kind);
    if (!stdfs::exists(kit) && !stdfs::exists(lock_of(arch, kind))) return false;
    const auto lock = FileLock::try_acquire(lock_of(arch, kind));
    if (!lock) throw Error("the guest {}-{} is just being made", arch, kind);
    const bool there = stdfs::exists(kit);
    // The note first: without it a kit that is half gone is none.
    stdfs::remove(kit / ermine::kNoteFile);
    for (const stdfs::path& path : {kit, work_of(arch, kind), log_of(arch, kind)})
        remove_tree(path);
    stdfs::remove(lock_of(arch, kind));
    return there;
}

}  // namespace

int clean(const Options& options) {
    for (const std::string arch : ermine::kArchitectures)
        for (const std::string kind : ermine::kKinds) {
            if (!options.arch.empty() && options.arch != arch) continue;
            if (!options.kind.empty() && options.kind != kind) continue;
            if (remove_kit(arch, kind)) std::puts(ermine::kit_directory(arch, kind).c_str());
        }
    return 0;
}

}  // namespace mincs::breeder
