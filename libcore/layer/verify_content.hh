// Contents of files compared in bounded memory. Holes count as the zeros they are read as.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libcore/base/fd.hh"
#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {

/// For reading what is expected to be a regular file: a fifo or device that stands there instead
/// must not hold us up, and the file's access time is to stay. None and errno where it cannot be
/// opened.
Fd open_to_compare(int directory, const std::string& name);

/// Whether the file is, byte for byte, the `size` bytes that follow in the tar. Stops at the first
/// that differs. Throws SysError where the file cannot be read.
bool is_content(int file, TarReader& content, std::int64_t size);

/// Whether both files begin with the same `size` bytes.
bool are_same(int file, int other, std::int64_t size);

}  // namespace mincs::layer
