// See elf_file.hh. By program headers only, as the dynamic loader does it: sections may have been
// stripped.
#include "tools/polecat/elf_file.hh"

#include <gelf.h>
#include <limits.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::size_t kMaxHeaders = 4096;
constexpr std::size_t kMaxDynamicEntries = 65536;
constexpr std::size_t kMaxStrings = 64u << 20;

struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, EndElf>;

struct Segments {
    std::vector<GElf_Phdr> load;
    std::optional<GElf_Phdr> dynamic;
    std::optional<GElf_Phdr> interpreter;
};

Segments read_segments(Elf* elf) {
    Segments segments;
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0 || count > kMaxHeaders) return segments;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, static_cast<int>(i), &header)) break;
        if (header.p_type == PT_LOAD) segments.load.push_back(header);
        if (header.p_type == PT_DYNAMIC) segments.dynamic = header;
        if (header.p_type == PT_INTERP) segments.interpreter = header;
    }
    return segments;
}

/// Where in the file the byte stands that is loaded at `address`.
std::optional<std::uint64_t> file_offset(const Segments& segments, std::uint64_t address) {
    for (const GElf_Phdr& load : segments.load)
        if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz)
            return load.p_offset + (address - load.p_vaddr);
    return std::nullopt;
}

/// The bytes of the file as text; shorter or empty where the file ends earlier.
std::string_view raw_text(Elf* elf, std::uint64_t offset, std::uint64_t size) {
    if (offset > INT64_MAX || size > kMaxStrings) return {};
    const Elf_Data* data =
        elf_getdata_rawchunk(elf, static_cast<std::int64_t>(offset), size, ELF_T_BYTE);
    if (!data || !data->d_buf) return {};
    return {static_cast<const char*>(data->d_buf), data->d_size};
}

std::string string_at(std::string_view table, std::uint64_t offset) {
    if (offset >= table.size()) return {};
    const std::string_view rest = table.substr(offset);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos || end >= PATH_MAX) return {};
    return std::string(rest.substr(0, end));
}

std::vector<GElf_Dyn> read_dynamic(Elf* elf, const GElf_Phdr& segment) {
    std::vector<GElf_Dyn> entries;
    if (segment.p_offset > INT64_MAX || segment.p_filesz > kMaxStrings) return entries;
    Elf_Data* data = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(segment.p_offset),
                                          segment.p_filesz, ELF_T_DYN);
    GElf_Dyn entry;
    for (std::size_t i = 0; data && i < kMaxDynamicEntries; ++i) {
        if (!gelf_getdyn(data, static_cast<int>(i), &entry) || entry.d_tag == DT_NULL) break;
        entries.push_back(entry);
    }
    return entries;
}

std::string_view string_table(Elf* elf, const Segments& segments,
                              const std::vector<GElf_Dyn>& dynamic) {
    std::uint64_t address = 0, size = 0;
    for (const GElf_Dyn& entry : dynamic) {
        if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
        if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
    }
    const auto offset = file_offset(segments, address);
    return offset ? raw_text(elf, *offset, size) : std::string_view();
}

void read_needs(Elf* elf, const Segments& segments, ElfFile& file) {
    const std::vector<GElf_Dyn> dynamic = read_dynamic(elf, *segments.dynamic);
    const std::string_view strings = string_table(elf, segments, dynamic);
    for (const GElf_Dyn& entry : dynamic) {
        const std::string text = string_at(strings, entry.d_un.d_val);
        if (text.empty()) continue;
        // A filter is loaded as a library is, and so is what stands in for one.
        if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_FILTER || entry.d_tag == DT_AUXILIARY)
            file.needed.push_back(text);
        if (entry.d_tag == DT_RPATH) file.rpath = split_path_list(text);
        if (entry.d_tag == DT_RUNPATH) file.runpath = split_path_list(text);
    }
}

}  // namespace

std::vector<std::string> split_path_list(const std::string& list, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= list.size()) {
        const std::size_t end = std::min(list.find(separator, begin), list.size());
        if (end > begin) parts.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::optional<ElfFile> read_elf(int fd) {
    char magic[SELFMAG];
    if (pread(fd, magic, sizeof magic, 0) != sizeof magic ||
        std::memcmp(magic, ELFMAG, SELFMAG) != 0)
        return std::nullopt;
    if (elf_version(EV_CURRENT) == EV_NONE) throw Error("libelf is too old");
    const ElfHandle elf(elf_begin(fd, ELF_C_READ, nullptr));
    GElf_Ehdr header;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || !gelf_getehdr(elf.get(), &header))
        return std::nullopt;
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return std::nullopt;
    ElfFile file;
    file.machine = {header.e_ident[EI_CLASS], header.e_machine};
    const Segments segments = read_segments(elf.get());
    if (segments.interpreter)
        file.interpreter = string_at(
            raw_text(elf.get(), segments.interpreter->p_offset, segments.interpreter->p_filesz), 0);
    if (segments.dynamic) read_needs(elf.get(), segments, file);
    return file;
}

}  // namespace mincs::polecat
