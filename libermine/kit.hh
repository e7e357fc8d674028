// The guest that `minc --qemu` and `--um` boot, the "ermine", is a directory with three files: a
// kernel, an initramfs and a note about both. ermine-breeder makes it, minc takes it, and this is
// all that the two know of each other. All names on disk stand here.
//
//   $MINCS_ERMINE, else $XDG_CACHE_HOME/mincs/ermine (~/.cache/mincs/ermine)
//     x86_64-build/  x86_64-distro/  arm64-distro/  um-build/  um-distro/
//       kernel       an uncompressed ELF vmlinux, entered by PVH (x86_64); Image (arm64); a program
//                    (um)
//       initramfs    uncompressed newc cpio: /init (minc-guest), /modules, /bin/busybox
//       ermine.json  {"protocol":3,"arch":"x86_64","kind":"distro","version":"6.1.0-56-amd64",…}
//
// A kit appears in one step, as it is made beside its place and renamed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mincs::ermine {

/// What /init and minc say to each other (tools/minc-guest). A kit with another number is not ours.
inline constexpr int kProtocol = 3;

inline constexpr const char* kKernelFile = "kernel";
inline constexpr const char* kInitramfsFile = "initramfs";
inline constexpr const char* kNoteFile = "ermine.json";

/// For what a kit is made, by name: machines, and user-mode Linux on the host's own.
inline constexpr const char* kArchitectures[] = {"x86_64", "arm64", "um"};
/// How it was made, the better one first: a kernel of our own, or the distribution's.
inline constexpr const char* kKinds[] = {"build", "distro"};

struct Kit {
    std::filesystem::path kernel;
    std::filesystem::path initramfs;
    std::string arch;
    std::string kind;
    std::string version;   ///< of the kernel, as uname -r says it
    std::string recipe;    ///< digest of what kernel and modules were made from; ermine-breeder's
    std::string programs;  ///< the same for /init and busybox
};

/// Where kits are kept. Throws Error where the environment names no place.
std::filesystem::path kits_directory();

/// The place of one kit below kits_directory(), there or not.
std::filesystem::path kit_directory(const std::string& arch, const std::string& kind);

/// What the note of a kit says, and back. parse_note throws Error on a text that is no such note.
std::string note_text(const Kit& kit);
struct Note {
    int protocol = 0;
    std::string arch;
    std::string kind;
    std::string version;
    std::string recipe;  ///< may be missing, as may the next
    std::string programs;
};
Note parse_note(const std::string& text, const std::filesystem::path& path);

/// Whether a kit will do whose programs are of another version; its kernel is as good as ever.
enum class Speaking { kOurProtocol, kAny };
/// The kit of this kind; nothing where there is none. Of one of another protocol Kit::programs is
/// empty.
std::optional<Kit> find_kit(const std::string& arch, const std::string& kind,
                            Speaking speaking = Speaking::kOurProtocol);
/// The best kit of this architecture: `build` before `distro`.
std::optional<Kit> find_kit(const std::string& arch);
/// The same; where there is none throws Error with a hint that says how to make one.
Kit require_kit(const std::string& arch);

/// "x86_64" or "arm64": the architecture that this program was compiled for.
std::string own_architecture();

}  // namespace mincs::ermine
