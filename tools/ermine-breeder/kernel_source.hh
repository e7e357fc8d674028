// Debian's linux-source, unpacked, configured and compiled: the long part of `build`.
#pragma once

#include <filesystem>
#include <string>

#include "libcore/base/progress.hh"

namespace mincs::breeder {

/// How many bytes user-mode Linux keeps for the processor's extended registers. Linux 6.1 has 2696
/// (AVX-512) written into it, and panics where the processor has AMX, whose state is 11,008 bytes;
/// the kernel below takes what it needs of a longer buffer.
inline constexpr int kRegisterBytes = 11008;

/// `text`, arch/x86/um/user-offsets.c, with that number in it. Newer kernels ask the processor;
/// theirs comes back as it is.
std::string with_register_bytes(const std::string& text);

struct KernelBuild {
    std::filesystem::path tree;  ///< the unpacked source; it is compiled in place
    std::string arch;            ///< "x86_64" or "um"
    std::string fragment;
    int jobs = 1;
    std::filesystem::path log;  ///< the last of what make printed, when it fails
};

/// Unpacks the archive in the package's directory below `parent`; returns the tree.
std::filesystem::path unpack_source(const std::filesystem::path& package,
                                    const std::filesystem::path& parent, Progress& progress);

/// tinyconfig, the fragment upon it, and what the kernel's rules make of that. Throws Error naming
/// the lines that they take back.
void configure(const KernelBuild& build);

/// Compiles it. Throws DetailedError with the compiler's last words.
void compile(const KernelBuild& build, Progress& progress);

/// Puts the kernel, stripped, into `directory`; for x86_64 also "bzImage", the same compressed, for
/// other boot loaders. Returns its version.
std::string collect(const KernelBuild& build, const std::filesystem::path& directory);

}  // namespace mincs::breeder
