// Compressed bytes in memory made plain: gzip, bzip2, xz, lzma, zstd and lz4, told apart by how
// they begin. For kernels and modules, which Debian compresses one way today and another tomorrow.
#pragma once

#include <string>
#include <string_view>

namespace mincs::breeder {

/// Throws Error naming `what` where it is none of these, is damaged, or is over 256 MiB.
std::string unpacked(std::string_view data, std::string_view what);

/// The same; bytes that begin as an ELF file are plain already and come back as they are.
std::string unpacked_if_packed(std::string data, std::string_view what);

}  // namespace mincs::breeder
