// The bundle as bytes: the trailer at its end, which says where everything is, and the metadata,
// which says what to run. docs/bundle.md is the prose. Written by bundle.cc, read by the runner,
// which trusts nothing in it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::polecat {

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint64_t kPageSize =
    4096;  ///< all parts but the metadata begin at such a multiple
inline constexpr std::size_t kTrailerSize = 256;
inline constexpr std::size_t kMaxMetadata = 1u << 20;  ///< bytes

using Sha256 = std::array<unsigned char, 32>;

/// A part of the file, in bytes from its beginning.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;

    bool operator==(const Extent&) const = default;
};

/// The last 256 bytes of a bundle; integers are little-endian.
struct Trailer {
    std::uint32_t version = kFormatVersion;
    Extent runner;    ///< static ELF program; at 0 if the bundle itself is one
    Extent image;     ///< squashfs
    Extent metadata;  ///< JSON
    Sha256 runner_digest = {};
    Sha256 image_digest = {};
    Sha256 metadata_digest = {};

    bool operator==(const Trailer&) const = default;
};

/// The 256 bytes. The last 32, the trailer's own digest, stay zero: the caller fills them in.
std::string encode_trailer(const Trailer& trailer);

/// `bytes` are the last 256 of a file of `file_size` bytes. Throws Error: no bundle, one of a newer
/// format, or parts that overlap, are not aligned or reach beyond the file.
Trailer decode_trailer(std::string_view bytes, std::uint64_t file_size);

/// Reads it from the end of an open file; `name` is what errors call the file.
Trailer read_trailer(int fd, const std::string& name);

/// A host directory that shows inside.
struct BundleBind {
    std::string source;
    std::string destination;
    bool readonly = false;

    bool operator==(const BundleBind&) const = default;
};

/// What to run and as whom.
struct Metadata {
    std::string polecat;            ///< version of the program that wrote it
    std::string name;               ///< the command's, for people; the host name inside
    std::vector<std::string> args;  ///< the caller's arguments come behind
    std::vector<std::string> env;   ///< "NAME=value"
    std::string cwd;                ///< where the caller's directory is not shown
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> additional_gids;
    std::vector<int> capabilities;  ///< as ContainerSpec's
    std::vector<BundleBind> binds;

    bool operator==(const Metadata&) const = default;
};

/// JSON; the same value gives the same text.
std::string encode_metadata(const Metadata& metadata);
/// Throws Error naming what is wrong. Unknown members are fine.
Metadata decode_metadata(std::string_view text);

}  // namespace mincs::polecat
