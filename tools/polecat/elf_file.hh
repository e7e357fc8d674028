// What a program or shared library says it needs, read by libelf: its loader (PT_INTERP), its
// libraries (DT_NEEDED) and where to look for them (DT_RPATH, DT_RUNPATH). This pair owns libelf.
// The file is a stranger's: a broken one counts as no ELF file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mincs::polecat {

/// Libraries fit together if these are equal.
struct Machine {
    unsigned char elf_class = 0;  ///< ELFCLASS32, ELFCLASS64
    std::uint16_t machine = 0;    ///< EM_X86_64 …

    bool operator==(const Machine&) const = default;
};

struct ElfFile {
    Machine machine;
    std::string interpreter;          ///< empty: a library or a static program
    std::vector<std::string> needed;  ///< sonames or paths, in order
    std::vector<std::string> rpath;   ///< directories, $ORIGIN not yet expanded
    std::vector<std::string> runpath;
};

/// `fd` is open for reading. Nothing where it is no ELF program or library.
std::optional<ElfFile> read_elf(int fd);

/// "a:b::c" as its parts, empty ones dropped.
std::vector<std::string> split_path_list(const std::string& list, char separator = ':');

}  // namespace mincs::polecat
