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

inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::uint64_t kPageSize =
    4096;  ///< all parts but the metadata begin at such a multiple
inline constexpr std::size_t kTrailerSize = 256;
inline constexpr std::size_t kMaxMetadata = 1u << 20;  ///< bytes
/// The file's content up to the digests is hashed in pieces of so many bytes.
inline constexpr std::uint64_t kPieceSize = 1u << 20;
inline constexpr std::uint64_t kMaxPieces = 64u << 20;  ///< bytes of digests: a file of 2 TiB

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
    Extent metadata;  ///< encode_metadata()
    Extent pieces;    ///< the sha256 of each kPieceSize bytes before it
    Sha256 runner_digest = {};
    Sha256 image_digest = {};
    Sha256 metadata_digest = {};
    Sha256 pieces_digest = {};

    bool operator==(const Trailer&) const = default;
};

/// The 256 bytes. The last 32, the trailer's own digest, stay zero: the caller fills them in.
std::string encode_trailer(const Trailer& trailer);

/// `bytes` are the last 256 of a file of `file_size` bytes. Throws Error: no bundle, one of another
/// format version, or parts that overlap, are not aligned or reach beyond the file.
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
    bool shows_cwd = true;          ///< the caller's directory is shown, and is where it starts
    bool shows_home = false;        ///< the caller's home directory is shown
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> additional_gids;
    std::vector<int> capabilities;  ///< as ContainerSpec's
    std::vector<BundleBind> binds;
    bool no_network = false;
    bool x11 = false;      ///< the caller's X server can be reached
    bool wayland = false;  ///< the caller's Wayland compositor can
    /// Files of the image that every start reads, in the order of need: what may be done ahead.
    std::vector<std::string> first;

    bool operator==(const Metadata&) const = default;
};

/// "KEY=VALUE" records, each ended by a NUL: the runner needs no parser of a language for them.
std::string encode_metadata(const Metadata& metadata);
/// Throws Error naming what is wrong. Keys that it does not know are passed over.
Metadata decode_metadata(std::string_view text);

/// Reads a part of an open file; Error where it is shorter.
std::string read_part(int fd, const Extent& part, std::string_view what);

}  // namespace mincs::polecat
