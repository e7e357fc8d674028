// See guest_programs.hh.
#include "tools/ermine-breeder/guest_programs.hh"

#include <elf.h>

#include <cstring>

#include "libcore/base/digest.hh"
#include "libcore/base/files.hh"
#include "libermine/kit.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kLargestProgram = 64u << 20;

/// A structure of <elf.h> that stands in the file at `at`; throws where the file ends before.
template <typename T>
T structure_at(const std::string& file, std::size_t at, const std::string& what) {
    T value;
    if (at > file.size() || file.size() - at < sizeof value) throw Error("'{}' is cut off", what);
    std::memcpy(&value, file.data() + at, sizeof value);
    return value;
}

/// It is for user-mode Linux, too, what it is for the machine below.
int elf_machine(const std::string& arch) {
    return (arch == "um" ? ermine::own_architecture() : arch) == "arm64" ? EM_AARCH64 : EM_X86_64;
}

}  // namespace

void check_static_program(const std::string& file, const std::string& arch,
                          const std::string& what) {
    if (!file.starts_with(ELFMAG) || file.size() < sizeof(Elf64_Ehdr) ||
        file[EI_CLASS] != ELFCLASS64)
        throw Error("'{}' is no 64-bit program", what);
    const auto header = structure_at<Elf64_Ehdr>(file, 0, what);
    if (header.e_machine != elf_machine(arch))
        throw Error("'{}' is a program for another machine than {}", what, arch);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        const std::size_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
        if (structure_at<Elf64_Phdr>(file, at, what).p_type == PT_INTERP)
            throw Error("'{}' is not static: the guest has no libraries for it", what);
    }
}

stdfs::path init_program(const std::string& arch, const std::string& chosen) {
    stdfs::path path = chosen;
    if (chosen.empty()) {
        const bool foreign = arch != "um" && arch != ermine::own_architecture();
        const std::string name = foreign ? "minc-guest-" + arch : "minc-guest";
        path = own_executable().parent_path().parent_path() / "libexec/mincs" / name;
        if (!stdfs::exists(path))
            throw Error("'{}' is missing, which is a guest's first program", path.string())
                .with_hint("--init FILE takes another static program");
    }
    check_static_program(read_file(path, kLargestProgram), arch, path.string());
    return path;
}

std::string programs_recipe(const stdfs::path& init, const Package& busybox) {
    Hasher hasher;
    hasher.update(Digest::of(read_file(init, kLargestProgram)).to_string());
    hasher.update(fmt::format("\n{} {}\n", busybox.name, busybox.version));
    return hasher.finish().hex();
}

}  // namespace mincs::breeder
