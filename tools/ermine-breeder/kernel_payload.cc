// See kernel_payload.hh.
#include "tools/ermine-breeder/kernel_payload.hh"

#include <cstdint>
#include <string_view>

#include "libcore/base/error.hh"
#include "tools/ermine-breeder/unpacked.hh"

namespace mincs::breeder {
namespace {

// boot.rst, "The Real-Mode Kernel Header": offsets in the file.
constexpr std::size_t kSetupSectors = 0x1f1, kMagic = 0x202, kVersion = 0x206;
constexpr std::size_t kPayloadOffset = 0x248, kPayloadLength = 0x24c, kHeaderEnd = 0x250;
constexpr std::uint64_t kVersionWithPayload = 0x0208;
constexpr std::size_t kSector = 512;

// Documentation/arch/arm64/booting.rst, and drivers/firmware/efi/libstub/zboot-header.S.
constexpr std::size_t kArmMagic = 0x38, kZbootMagic = 4, kZbootOffset = 8, kZbootSize = 12;
constexpr std::size_t kZbootEnd = 0x40;

std::uint64_t little_endian(std::string_view data, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(data[at + i]);
    return value;
}

/// Checked, as the numbers come from the file.
std::string_view part(std::string_view data, std::uint64_t at, std::uint64_t size,
                      const std::string& what) {
    if (at > data.size() || size > data.size() - at)
        throw Error("'{}' is cut off: its kernel lies outside of the file", what);
    return data.substr(at, size);
}

std::string kernel_in_bzimage(std::string_view file, const std::string& what) {
    if (file.size() < kHeaderEnd || file.substr(kMagic, 4) != "HdrS" ||
        little_endian(file, kVersion, 2) < kVersionWithPayload)
        throw Error("'{}' is no bzImage", what);
    const auto setup = static_cast<unsigned char>(file[kSetupSectors]);
    // "For backwards compatibility, if the setup_sects field contains 0, the real value is 4."
    const std::uint64_t start = ((setup == 0 ? 4u : setup) + 1u) * kSector;
    const std::uint64_t length = little_endian(file, kPayloadLength, 4);
    std::string_view payload =
        part(file, start + little_endian(file, kPayloadOffset, 4), length, what);
    // Behind all but gzip, which says so itself, stand 4 bytes with the size of what was packed.
    if (!payload.starts_with("\x1f\x8b") && payload.size() > 4) payload.remove_suffix(4);
    std::string kernel = unpacked_if_packed(std::string(payload), what);
    if (!kernel.starts_with("\x7f"
                            "ELF"))
        throw Error("'{}' has no ELF file inside", what);
    return kernel;
}

bool is_arm_image(std::string_view data) {
    return data.size() > kArmMagic + 4 && data.substr(kArmMagic, 4) == "ARM\x64";
}

std::string kernel_in_arm_image(std::string_view file, const std::string& what) {
    std::string kernel;
    if (is_arm_image(file))
        kernel = file;
    else if (file.size() > kZbootEnd && file.substr(kZbootMagic, 4) == "zimg")
        kernel = unpacked(part(file, little_endian(file, kZbootOffset, 4),
                               little_endian(file, kZbootSize, 4), what),
                          what);
    else
        kernel = unpacked(file, what);
    if (!is_arm_image(kernel)) throw Error("'{}' is no kernel for arm64", what);
    return kernel;
}

}  // namespace

std::string kernel_in(const std::string& file, const std::string& arch, const std::string& what) {
    return arch == "arm64" ? kernel_in_arm_image(file, what) : kernel_in_bzimage(file, what);
}

}  // namespace mincs::breeder
