// Finds a shared library inside a root the way that root's dynamic loader would (ld.so(8)): RPATH,
// LD_LIBRARY_PATH, RUNPATH, ld.so.cache, ld.so.conf, the default directories; for musl its
// /etc/ld-musl-*.path.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libcore/fs/root_dir.hh"
#include "tools/polecat/elf_file.hh"

namespace mincs::polecat {

class LibrarySearch {
 public:
    /// `root` must outlive this. `ld_library_path` as in the environment variable.
    LibrarySearch(const fs::RootDir& root, const std::string& ld_library_path);

    /// Who asks for a library, and what that means for where it is looked for.
    struct Asker {
        Machine machine;
        std::vector<std::string>
            rpath;  ///< its own and its loaders', expanded, in the loader's order
        std::vector<std::string> runpath;  ///< expanded
    };
    /// The path of the library inside the root; empty where there is none that fits.
    std::string find(const std::string& name, const Asker& asker) const;
    /// The same library for newer processors, which stand below the directory of the plain one. Any
    /// of them may be what ld.so.cache tells the loader on the machine that runs the bundle, and
    /// where that is not there it does not always look further.
    std::vector<std::string> variants(const std::string& path, const Machine& machine) const;

    /// `directories` with $ORIGIN, $LIB and $PLATFORM replaced; one with $LIB becomes several.
    static std::vector<std::string> expand(const std::vector<std::string>& directories,
                                           const std::string& origin);

 private:
    void read_cache();
    void read_conf(const std::string& path, int depth);
    void read_musl_paths();
    bool fits(const std::string& path, const Machine& machine) const;

    const fs::RootDir& root_;
    int configurations_ = 0;                           // read so far
    mutable std::map<std::string, Machine> machines_;  // of files looked at; {0, 0}: no library
    std::vector<std::string> environment_;
    std::vector<std::string> standard_;                      // configured, then default ones
    std::map<std::string, std::vector<std::string>> cache_;  // soname to paths
};

}  // namespace mincs::polecat
