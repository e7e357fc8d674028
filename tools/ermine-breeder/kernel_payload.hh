// The kernel proper in what a distribution ships. qemu boots an uncompressed kernel 5 to 10 seconds
// sooner where it emulates, as the kernel's own unpacking is what takes so long.
#pragma once

#include <string>

namespace mincs::breeder {

/// x86: the vmlinux (ELF) in a bzImage, found by its header
/// (Documentation/arch/x86/boot.rst of the kernel, payload_offset and payload_length).
/// arm64: the Image in an Image, in a compressed one, or in an EFI program with one inside (zboot).
/// `what` names it in errors.
std::string kernel_in(const std::string& file, const std::string& arch, const std::string& what);

}  // namespace mincs::breeder
