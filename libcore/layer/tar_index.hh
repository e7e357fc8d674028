// Where in a tar file what stands, without reading the contents: for archives of images, whose
// members are looked up in place. Names are keys of a map and never paths. Owns libarchive beside
// tar_reader.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mincs::layer {

struct TarMember {
    enum class Type { kFile, kLink, kHardLink, kOther };
    Type type = Type::kOther;  ///< kOther: a directory, a device, a sparse file
    std::int64_t offset = 0;   ///< of a file: where its content begins in the tar
    std::int64_t size = 0;     ///< bytes; all of them are in the tar
    std::string target;        ///< of a link: as written
    bool repeated = false;     ///< the name stands in the tar more than once; this is the last
};

/// By name as written, but for "./" in front and "/" behind, which are taken off; the root ("./")
/// is not in it.
using TarIndex = std::map<std::string, TarMember, std::less<>>;

struct TarIndexLimits {
    std::size_t members = 100'000;
    std::size_t name_bytes = 16u << 20;
};

/// Indexes the regular file `fd` by pread(2); `name` is what errors call it, in quotes. Nothing
/// where it has more members than the limits. Throws Error where it is no sound and whole tar.
std::optional<TarIndex> index_tar(int fd, std::string_view name, const TarIndexLimits& limits = {});

}  // namespace mincs::layer
