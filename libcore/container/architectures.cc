// See architectures.hh.
#include "libcore/container/architectures.hh"

#include <elf.h>

#include <algorithm>
#include <array>

#include "libcore/base/error.hh"

namespace mincs::container {
namespace {

constexpr std::uint16_t kLoongArch = 258;  // EM_LOONGARCH, younger than some <elf.h>

constexpr std::array kArchitectures = {
    Architecture{"amd64", "amd64", "x86_64", ELFCLASS64, ELFDATA2LSB, EM_X86_64},
    Architecture{"386", "i386", "i386", ELFCLASS32, ELFDATA2LSB, EM_386},
    Architecture{"arm64", "arm64", "aarch64", ELFCLASS64, ELFDATA2LSB, EM_AARCH64},
    Architecture{"arm", "armhf", "arm", ELFCLASS32, ELFDATA2LSB, EM_ARM},
    Architecture{"armbe", "armeb", "armeb", ELFCLASS32, ELFDATA2MSB, EM_ARM},
    Architecture{"riscv64", "riscv64", "riscv64", ELFCLASS64, ELFDATA2LSB, EM_RISCV},
    Architecture{"riscv", "riscv32", "riscv32", ELFCLASS32, ELFDATA2LSB, EM_RISCV},
    Architecture{"ppc64le", "ppc64el", "ppc64le", ELFCLASS64, ELFDATA2LSB, EM_PPC64},
    Architecture{"ppc64", "ppc64", "ppc64", ELFCLASS64, ELFDATA2MSB, EM_PPC64},
    Architecture{"ppc", "powerpc", "ppc", ELFCLASS32, ELFDATA2MSB, EM_PPC},
    Architecture{"s390x", "s390x", "s390x", ELFCLASS64, ELFDATA2MSB, EM_S390},
    Architecture{"mips64le", "mips64el", "mips64el", ELFCLASS64, ELFDATA2LSB, EM_MIPS},
    Architecture{"mips64", "mips64", "mips64", ELFCLASS64, ELFDATA2MSB, EM_MIPS},
    Architecture{"mipsle", "mipsel", "mipsel", ELFCLASS32, ELFDATA2LSB, EM_MIPS},
    Architecture{"mips", "mips", "mips", ELFCLASS32, ELFDATA2MSB, EM_MIPS},
    Architecture{"loong64", "loong64", "loongarch64", ELFCLASS64, ELFDATA2LSB, kLoongArch},
    Architecture{"sparc64", "sparc64", "sparc64", ELFCLASS64, ELFDATA2MSB, EM_SPARCV9},
    Architecture{"alpha", "alpha", "alpha", ELFCLASS64, ELFDATA2LSB, EM_ALPHA},
    Architecture{"hppa", "hppa", "hppa", ELFCLASS32, ELFDATA2MSB, EM_PARISC},
    Architecture{"m68k", "m68k", "m68k", ELFCLASS32, ELFDATA2MSB, EM_68K},
    Architecture{"sh4", "sh4", "sh4", ELFCLASS32, ELFDATA2LSB, EM_SH},
};

/// Names besides the three, as uname(2), clang and Debian's older ports have them.
struct Alias {
    std::string_view alias;
    std::string_view name;
};
constexpr std::array kAliases = {
    Alias{"x86-64", "amd64"},    Alias{"x64", "amd64"},   Alias{"x86", "386"},
    Alias{"i486", "386"},        Alias{"i586", "386"},    Alias{"i686", "386"},
    Alias{"armel", "arm"},       Alias{"armv5", "arm"},   Alias{"armv6l", "arm"},
    Alias{"armv6", "arm"},       Alias{"armv7l", "arm"},  Alias{"armv7", "arm"},
    Alias{"arm64v8", "arm64"},   Alias{"arm32v7", "arm"}, Alias{"powerpc64le", "ppc64le"},
    Alias{"powerpc64", "ppc64"}, Alias{"parisc", "hppa"},
};

std::string_view canonical(std::string_view name) {
    for (const Alias& known : kAliases)
        if (known.alias == name) return known.name;
    return name;
}

/// e_type and e_machine stand behind the 16 bytes of e_ident, in the file's own order.
void append_number(std::string& bytes, std::uint8_t order, std::uint16_t number) {
    const char low = static_cast<char>(number & 0xff), high = static_cast<char>(number >> 8);
    if (order == ELFDATA2MSB) bytes += {high, low};
    if (order == ELFDATA2LSB) bytes += {low, high};
}

}  // namespace

const Architecture* find_architecture(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string_view wanted = canonical(lower);
    for (const Architecture& known : kArchitectures)
        if (known.name == wanted || known.debian == wanted || known.qemu == wanted) return &known;
    return nullptr;
}

const Architecture& get_architecture(std::string_view name) {
    if (const Architecture* found = find_architecture(name)) return *found;
    std::string names;
    for (const Architecture& known : kArchitectures)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    throw UsageError("'{}' is no architecture", printable(name)).with_hint("there are " + names);
}

std::span<const Architecture> all_architectures() {
    return kArchitectures;
}

const Architecture* architecture_of_program(std::string_view head) {
    if (head.size() < kSignatureSize) return nullptr;
    const auto suits = [&](const Architecture& known) {
        const Signature signature = signature_of(known);
        for (std::size_t i = 0; i < kSignatureSize; ++i)
            if ((head[i] ^ signature.magic[i]) & signature.mask[i]) return false;
        return true;
    };
    const auto found = std::find_if(kArchitectures.begin(), kArchitectures.end(), suits);
    return found == kArchitectures.end() ? nullptr : found;
}

const Architecture& own_architecture() {
#if defined(__x86_64__)
    return get_architecture("amd64");
#elif defined(__aarch64__)
    return get_architecture("arm64");
#elif defined(__arm__)
    return get_architecture("arm");
#elif defined(__i386__)
    return get_architecture("386");
#elif defined(__s390x__)
    return get_architecture("s390x");
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    return get_architecture("ppc64le");
#elif defined(__riscv) && __riscv_xlen == 64
    return get_architecture("riscv64");
#else
#error "architectures.cc does not know what this program is compiled for"
#endif
}

bool runs_by_itself(const Architecture& architecture) {
    const std::string_view own = own_architecture().name;
    return architecture.name == own || (own == "amd64" && architecture.name == "386");
}

Signature signature_of(const Architecture& architecture) {
    Signature signature;
    signature.magic = {ELFMAG0,
                       ELFMAG1,
                       ELFMAG2,
                       ELFMAG3,
                       static_cast<char>(architecture.elf_class),
                       static_cast<char>(architecture.elf_data),
                       EV_CURRENT};
    signature.mask.assign(signature.magic.size(), '\xff');
    // For which system and of what version, which some compilers set and the kernel does not read.
    signature.magic.resize(EI_NIDENT, '\0');
    signature.mask.resize(EI_NIDENT, '\0');
    // ET_EXEC is 2, ET_DYN 3: one bit less.
    append_number(signature.magic, architecture.elf_data, ET_EXEC);
    append_number(signature.mask, architecture.elf_data, 0xfffe);
    append_number(signature.magic, architecture.elf_data, architecture.machine);
    append_number(signature.mask, architecture.elf_data, 0xffff);
    return signature;
}

}  // namespace mincs::container
