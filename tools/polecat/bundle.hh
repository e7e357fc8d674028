// Puts a bundle together: header or runner first, the image, the metadata, the trailer (format.hh,
// docs/bundle.md). Written beside its final name and renamed: there is a whole file or none.
#pragma once

#include <string>
#include <string_view>

#include "tools/polecat/format.hh"

namespace mincs::polecat {

enum class BundleFormat {
    kShell,  ///< a POSIX shell script in front, so that `sh FILE` works, too
    kElf,    ///< the runner is the file's beginning: no shell needed, fastest
    // Not bundles, the files alone (output.hh):
    kImage,      ///< a squashfs image
    kArchive,    ///< a tar, compressed by gzip
    kDirectory,  ///< a directory
};

struct BundleParts {
    BundleFormat format = BundleFormat::kShell;
    std::string_view runner;  ///< the static program
    int image = -1;           ///< the squashfs image, a multiple of 4096 bytes
    Metadata metadata;
};

/// Writes `path`, mode 0755 (less the umask). The size of the file.
std::uint64_t write_bundle(const std::string& path, const BundleParts& parts);

/// Bytes that write_bundle() puts around the image, all but the digests of the image's pieces.
std::uint64_t bundle_size_beside_image(BundleFormat format, std::uint64_t runner_size,
                                       const Metadata& metadata);

/// header.sh with its placeholders filled in, padded with newlines to whole pages.
std::string make_header(const Metadata& metadata, std::uint64_t runner_size);

}  // namespace mincs::polecat
