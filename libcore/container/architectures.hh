// Which machines programs are made for: how docker, Debian and qemu call them, and how an ELF file
// tells which is its own (elf(5)). Knows nothing of this machine but its own architecture.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mincs::container {

struct Architecture {
    std::string_view name;    ///< in images, by Go's words: "arm64"
    std::string_view debian;  ///< in packages: "arm64", and "armhf" for "arm"
    std::string_view qemu;   ///< of the program qemu-NAME-static, and mostly of uname(2): "aarch64"
    std::uint8_t elf_class;  ///< EI_CLASS: ELFCLASS32 or 64
    std::uint8_t elf_data;   ///< EI_DATA: the order of bytes
    std::uint16_t machine;   ///< e_machine: EM_AARCH64
};

/// By any of its names, in any case; nullptr: nobody is called so.
const Architecture* find_architecture(std::string_view name);
/// Like that; throws UsageError listing those that there are.
const Architecture& get_architecture(std::string_view name);

/// All that there are.
std::span<const Architecture> all_architectures();

/// Of the program whose first bytes these are; nullptr: no ELF file, or of none that is known.
const Architecture* architecture_of_program(std::string_view head);
/// How many of them are enough for that.
inline constexpr std::size_t kSignatureSize = 20;

/// This program's own.
const Architecture& own_architecture();
/// Whether the kernel runs its programs without help: its own ones, and i386's on x86-64.
bool runs_by_itself(const Architecture& architecture);

/// The first bytes of all its programs, as binfmt_misc wants them: a byte of a file counts where
/// the mask has bits.
struct Signature {
    std::string magic;
    std::string mask;
};
Signature signature_of(const Architecture& architecture);

}  // namespace mincs::container
