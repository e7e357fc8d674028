// Where a kit is made: a directory beside its place, locked, which becomes the kit in one step.
// Killed anywhere, the old kit is there, or the new one; the next run removes what was begun.
#pragma once

#include <filesystem>
#include <string>

#include "libcore/base/files.hh"
#include "libermine/kit.hh"

namespace mincs::breeder {

class KitPlace {
 public:
    /// Takes the lock of this kit, and waits where somebody else is making it.
    KitPlace(const std::string& arch, const std::string& kind);
    KitPlace(const KitPlace&) = delete;
    /// What is unfinished goes.
    ~KitPlace();

    /// An empty directory for whatever is needed meanwhile.
    const std::filesystem::path& work() const { return work_; }
    /// Where the kit's files are to be written, in work().
    std::filesystem::path files() const { return work_ / "kit"; }
    /// The kit of this kind that is there already, with a kernel that was made from the same.
    std::optional<ermine::Kit> kit_of(const std::string& recipe) const;
    /// The kernel of a kit of this kind into files(): only the programs beside it are to be
    /// renewed.
    void keep_kernel(const ermine::Kit& kit) const;
    /// Writes the note of what files() has and puts all in its place. Returns that.
    std::filesystem::path publish(const std::string& version, const std::string& recipe,
                                  const std::string& programs);

 private:
    std::string arch_;
    std::string kind_;
    FileLock lock_;
    std::filesystem::path work_;
};

/// The names of what a KitPlace keeps beside a kit, for `clean`: the lock and the working
/// directory.
std::filesystem::path lock_of(const std::string& arch, const std::string& kind);
std::filesystem::path work_of(const std::string& arch, const std::string& kind);
/// The last words of a build that failed.
std::filesystem::path log_of(const std::string& arch, const std::string& kind);

/// Our kernel compressed, for other boot loaders; beside the three files of every kit.
inline constexpr const char* kBzImageFile = "bzImage";

}  // namespace mincs::breeder
