// A root directory made for one test: files, links, and ELF files that say whatever a test wants.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/files.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::polecat {

/// What a made-up program or library asks for.
struct ElfNeeds {
    std::string interpreter;
    std::vector<std::string> needed;
    std::string rpath;
    std::string runpath;
    int machine = 62;  // EM_X86_64
};

class TreeOfFiles {
 public:
    TreeOfFiles() : root(fs::RootDir::open(directory_.path())) {}

    /// Directories on the way are made.
    void file(const std::string& path, const std::string& content = "", int mode = 0644);
    void directory(const std::string& path);
    void link(const std::string& path, const std::string& target);
    void elf(const std::string& path, const ElfNeeds& needs = {});
    std::string host_path(const std::string& path) const { return directory_.path() / path; }

 private:
    TempDir directory_;

 public:
    fs::RootDir root;
};

/// A minimal 64-bit ELF shared object or program with these needs: headers, strings, dynamic
/// section.
std::string make_elf(const ElfNeeds& needs);

}  // namespace mincs::polecat
