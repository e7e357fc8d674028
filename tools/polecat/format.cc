// See format.hh. The runner links this: neither hashing nor JSON here, whose libraries are several
// times its size.
#include "tools/polecat/format.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::string_view kMagic = "POLECAT\n";
constexpr std::size_t kMaxStrings = 16384;
constexpr std::int64_t kMaxId = 0xfffffffe;
constexpr std::int64_t kLastCapability = 63;

// Offsets in the trailer.
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kSizeAt = 12;
constexpr std::size_t kExtentsAt = 16;
constexpr std::size_t kDigestsAt = 80;

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i)
        bytes[at + i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// Throws unless the part lies between `begin` and `end`; returns where it ends.
std::uint64_t check_extent(const Extent& extent, std::uint64_t begin, std::uint64_t end,
                           std::uint64_t alignment, std::string_view what) {
    if (extent.offset < begin || extent.offset > end || extent.size > end - extent.offset ||
        extent.size == 0 || extent.offset % alignment != 0)
        throw Error("the bundle is damaged: its {} is not where it should be", what);
    return extent.offset + extent.size;
}

constexpr std::string_view kWhat = "the bundle's metadata";

/// One KEY=VALUE of the metadata.
struct Record {
    std::string_view key;
    std::string_view value;
};

std::uint32_t number(const Record& record, std::int64_t highest) {
    std::int64_t value = -1;
    const char* const end = record.value.data() + record.value.size();
    const auto result = std::from_chars(record.value.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || value < 0 || value > highest)
        throw Error("{}: '{}' is no number, or out of range", kWhat, record.key);
    return static_cast<std::uint32_t>(value);
}

std::string absolute_path(const Record& record) {
    if (!record.value.starts_with('/'))
        throw Error("{}: '{}' is no absolute path", kWhat, record.key);
    return std::string(record.value);
}

template <typename Value>
void append(std::vector<Value>& list, Value value, const Record& record) {
    if (list.size() >= kMaxStrings) throw Error("{}: too many of '{}'", kWhat, record.key);
    list.push_back(std::move(value));
}

/// "bind" begins one, which "bind-at" and "bind-readonly" behind it belong to.
void read_bind(const Record& record, std::vector<BundleBind>& binds) {
    if (record.key == "bind") {
        const std::string source = absolute_path(record);
        append(binds, {source, source, false}, record);
        return;
    }
    if (binds.empty()) throw Error("{}: '{}' stands before any 'bind'", kWhat, record.key);
    if (record.key == "bind-at")
        binds.back().destination = absolute_path(record);
    else
        binds.back().readonly = number(record, 1) != 0;
}

void read_id(const Record& record, Metadata& metadata) {
    if (record.key == "uid")
        metadata.uid = number(record, kMaxId);
    else if (record.key == "gid")
        metadata.gid = number(record, kMaxId);
    else if (record.key == "group")
        append<gid_t>(metadata.additional_gids, number(record, kMaxId), record);
    else
        append(metadata.capabilities, static_cast<int>(number(record, kLastCapability)), record);
}

void read_record(const Record& record, Metadata& metadata) {
    const std::string_view key = record.key;
    if (key == "polecat") metadata.polecat = record.value;
    if (key == "name") metadata.name = record.value;
    if (key == "arg") append(metadata.args, std::string(record.value), record);
    if (key == "env") append(metadata.env, std::string(record.value), record);
    if (key == "cwd") metadata.cwd = absolute_path(record);
    if (key == "show-cwd") metadata.shows_cwd = number(record, 1) != 0;
    if (key == "show-home") metadata.shows_home = number(record, 1) != 0;
    if (key == "no-network") metadata.no_network = number(record, 1) != 0;
    if (key == "x11") metadata.x11 = number(record, 1) != 0;
    if (key == "wayland") metadata.wayland = number(record, 1) != 0;
    if (key == "first") append(metadata.first, absolute_path(record), record);
    if (key == "uid" || key == "gid" || key == "group" || key == "capability")
        read_id(record, metadata);
    if (key == "bind" || key == "bind-at" || key == "bind-readonly")
        read_bind(record, metadata.binds);
}

/// Collects records; a NUL in a value would end it early and begin another one.
class Writer {
 public:
    void add(std::string_view key, std::string_view value) {
        if (value.find('\0') != std::string_view::npos)
            throw Error("'{}' has a NUL byte in it", printable(value));
        text_.append(key).append("=").append(value).push_back('\0');
    }
    void add(std::string_view key, std::uint64_t value) { add(key, std::to_string(value)); }
    void add_flag(std::string_view key, bool value) { add(key, value ? "1" : "0"); }
    std::string take() { return std::move(text_); }

 private:
    std::string text_;
};

}  // namespace

std::string encode_trailer(const Trailer& trailer) {
    std::string bytes(kTrailerSize, '\0');
    std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
    put(bytes, kVersionAt, trailer.version, 4);
    put(bytes, kSizeAt, kTrailerSize, 4);
    std::size_t at = kExtentsAt;
    for (const Extent* extent :
         {&trailer.runner, &trailer.image, &trailer.metadata, &trailer.pieces}) {
        put(bytes, at, extent->offset, 8);
        put(bytes, at + 8, extent->size, 8);
        at += 16;
    }
    at = kDigestsAt;
    for (const Sha256* digest : {&trailer.runner_digest, &trailer.image_digest,
                                 &trailer.metadata_digest, &trailer.pieces_digest}) {
        std::copy(digest->begin(), digest->end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        at += digest->size();
    }
    return bytes;
}

Trailer decode_trailer(std::string_view bytes, std::uint64_t file_size) {
    if (bytes.size() != kTrailerSize || file_size < kTrailerSize || !bytes.starts_with(kMagic))
        throw Error("it is no bundle of polecat, or its end is missing");
    Trailer trailer;
    trailer.version = static_cast<std::uint32_t>(get(bytes, kVersionAt, 4));
    if (trailer.version != kFormatVersion || get(bytes, kSizeAt, 4) != kTrailerSize)
        throw Error("the bundle has format version {}, and version {} is known here",
                    trailer.version, kFormatVersion);
    std::size_t at = kExtentsAt;
    for (Extent* extent : {&trailer.runner, &trailer.image, &trailer.metadata, &trailer.pieces}) {
        *extent = {get(bytes, at, 8), get(bytes, at + 8, 8)};
        at += 16;
    }
    const std::uint64_t end = file_size - kTrailerSize;
    std::uint64_t next = check_extent(trailer.runner, 0, end, kPageSize, "runner");
    next = check_extent(trailer.image, next, end, kPageSize, "image");
    next = check_extent(trailer.metadata, next, end, 1, "metadata");
    next = check_extent(trailer.pieces, next, end, 1, "list of digests");
    if (next != end) throw Error("the bundle is damaged: its parts do not fill it");
    if (trailer.metadata.size > kMaxMetadata)
        throw Error("the bundle is damaged: its metadata has {} bytes", trailer.metadata.size);
    const std::uint64_t pieces = (trailer.pieces.offset + kPieceSize - 1) / kPieceSize;
    if (trailer.pieces.size != pieces * sizeof(Sha256))
        throw Error("the bundle is damaged: its list of digests has another length");
    at = kDigestsAt;
    for (Sha256* digest : {&trailer.runner_digest, &trailer.image_digest, &trailer.metadata_digest,
                           &trailer.pieces_digest}) {
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), digest->size(),
                    digest->begin());
        at += digest->size();
    }
    return trailer;
}

Trailer read_trailer(int fd, const std::string& name) {
    struct stat info;
    check(fstat(fd, &info), "examining '{}'", printable(name));
    const auto size = static_cast<std::uint64_t>(info.st_size);
    char bytes[kTrailerSize];
    if (!S_ISREG(info.st_mode) || size < kTrailerSize ||
        pread(fd, bytes, sizeof bytes, static_cast<off_t>(size - kTrailerSize)) != kTrailerSize)
        throw Error("'{}': it is no bundle of polecat", printable(name));
    try {
        return decode_trailer({bytes, sizeof bytes}, size);
    } catch (const Error& error) {
        throw Error("'{}': {}", printable(name), error.what());
    }
}

std::string encode_metadata(const Metadata& metadata) {
    Writer records;
    records.add("polecat", metadata.polecat);
    records.add("name", metadata.name);
    for (const std::string& word : metadata.args) records.add("arg", word);
    for (const std::string& variable : metadata.env) records.add("env", variable);
    records.add("cwd", metadata.cwd);
    records.add_flag("show-cwd", metadata.shows_cwd);
    records.add_flag("show-home", metadata.shows_home);
    records.add("uid", metadata.uid);
    records.add("gid", metadata.gid);
    for (const gid_t gid : metadata.additional_gids) records.add("group", gid);
    for (const int capability : metadata.capabilities)
        records.add("capability", static_cast<std::uint64_t>(capability));
    for (const BundleBind& bind : metadata.binds) {
        records.add("bind", bind.source);
        records.add("bind-at", bind.destination);
        records.add_flag("bind-readonly", bind.readonly);
    }
    records.add_flag("no-network", metadata.no_network);
    records.add_flag("x11", metadata.x11);
    records.add_flag("wayland", metadata.wayland);
    for (const std::string& path : metadata.first) records.add("first", path);
    return records.take();
}

Metadata decode_metadata(std::string_view text) {
    if (text.empty() || text.back() != '\0') throw Error("{}: its end is missing", kWhat);
    Metadata metadata;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\0'));
        text.remove_prefix(line.size() + 1);
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos)
            throw Error("{}: '{}' is not KEY=VALUE", kWhat, printable(line));
        read_record({line.substr(0, equals), line.substr(equals + 1)}, metadata);
    }
    if (metadata.args.empty()) throw Error("{}: there is no command in it", kWhat);
    if (metadata.cwd.empty()) throw Error("{}: 'cwd' is missing", kWhat);
    return metadata;
}

std::string read_part(int fd, const Extent& part, std::string_view what) {
    std::string bytes(part.size, '\0');
    for (std::size_t got = 0; got < bytes.size();) {
        const ssize_t size = check(pread(fd, bytes.data() + got, bytes.size() - got,
                                         static_cast<off_t>(part.offset + got)),
                                   "reading the bundle's {}", what);
        if (size == 0) throw Error("the bundle is damaged: its {} is cut short", what);
        got += static_cast<std::size_t>(size);
    }
    return bytes;
}

}  // namespace mincs::polecat
