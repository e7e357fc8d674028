#include "tests/unit/tools/polecat/tree_of_files.hh"

#include <elf.h>

#include <cstring>
#include <filesystem>

namespace mincs::polecat {
namespace {

template <typename T>
void append_bytes(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

void TreeOfFiles::file(const std::string& path, const std::string& content, int mode) {
    const std::filesystem::path where = host_path(path);
    make_directories(where.parent_path());
    write_file_atomic(where, content, static_cast<mode_t>(mode));
}

void TreeOfFiles::directory(const std::string& path) {
    make_directories(host_path(path));
}

void TreeOfFiles::link(const std::string& path, const std::string& target) {
    const std::filesystem::path where = host_path(path);
    make_directories(where.parent_path());
    std::filesystem::create_symlink(target, where);
}

void TreeOfFiles::elf(const std::string& path, const ElfNeeds& needs) {
    file(path, make_elf(needs), 0755);
}

std::string make_elf(const ElfNeeds& needs) {
    std::string strings(1, '\0');
    std::vector<Elf64_Dyn> dynamic;
    const auto add = [&](Elf64_Sxword tag, const std::string& text) {
        Elf64_Dyn entry = {};
        entry.d_tag = tag;
        entry.d_un.d_val = strings.size();
        strings += text + '\0';
        dynamic.push_back(entry);
    };
    for (const std::string& name : needs.needed) add(DT_NEEDED, name);
    if (!needs.rpath.empty()) add(DT_RPATH, needs.rpath);
    if (!needs.runpath.empty()) add(DT_RUNPATH, needs.runpath);
    const std::size_t interpreter_at = strings.size();
    strings += needs.interpreter + '\0';

    // Layout: header, three program headers, dynamic section, strings; loaded at address 0.
    const std::size_t dynamic_at = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
    const std::size_t strings_at = dynamic_at + (dynamic.size() + 3) * sizeof(Elf64_Dyn);
    const std::size_t size = strings_at + strings.size();
    dynamic.push_back({DT_STRTAB, {strings_at}});
    dynamic.push_back({DT_STRSZ, {strings.size()}});
    dynamic.push_back({DT_NULL, {0}});

    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = static_cast<Elf64_Half>(needs.machine);
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 3;
    std::string bytes;
    append_bytes(bytes, header);
    const auto segment = [&](Elf64_Word type, std::size_t at, std::size_t length) {
        Elf64_Phdr program = {};
        program.p_type = type;
        program.p_offset = program.p_vaddr = at;
        program.p_filesz = program.p_memsz = length;
        append_bytes(bytes, program);
    };
    segment(PT_LOAD, 0, size);
    segment(PT_DYNAMIC, dynamic_at, dynamic.size() * sizeof(Elf64_Dyn));
    segment(needs.interpreter.empty() ? PT_NULL : PT_INTERP, strings_at + interpreter_at,
            needs.interpreter.size() + 1);
    for (const Elf64_Dyn& entry : dynamic) append_bytes(bytes, entry);
    return bytes + strings;
}

}  // namespace mincs::polecat
