// See format.hh. The runner links this: no hashing here, which would bring OpenSSL into it.
#include "tools/polecat/format.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

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
constexpr std::size_t kDigestsAt = 64;

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

std::vector<std::int64_t> numbers(const Json& object, const char* key, std::int64_t highest) {
    std::vector<std::int64_t> result;
    const auto member = object.find(key);
    if (member == object.end()) return result;
    if (!member->is_array() || member->size() > kMaxStrings)
        throw Error("the bundle's metadata: '{}' is no list", key);
    for (const Json& value : *member) {
        if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
            value.get<std::int64_t>() > highest)
            throw Error("the bundle's metadata: '{}' has something else than small numbers", key);
        result.push_back(value.get<std::int64_t>());
    }
    return result;
}

constexpr std::string_view kWhat = "the bundle's metadata";

/// NUL would end the string early in every system call.
const std::string& without_nul(const std::string& text, const char* key) {
    if (text.find('\0') != std::string::npos)
        throw Error("{}: '{}' has a NUL byte in it", kWhat, key);
    return text;
}

std::vector<std::string> strings(const Json& object, const char* key) {
    std::vector<std::string> list = json_strings_if(object, key, kWhat);
    if (list.size() > kMaxStrings) throw Error("{}: '{}' is too long", kWhat, key);
    for (const std::string& text : list) without_nul(text, key);
    return list;
}

std::string absolute_path(const Json& object, const char* key) {
    std::string path = without_nul(json_string(object, key, kWhat), key);
    if (!path.starts_with('/')) throw Error("{}: '{}' is no absolute path", kWhat, key);
    return path;
}

std::uint32_t id(const Json& user, const char* key) {
    const std::int64_t value = json_int(user, key, kWhat);
    if (value < 0 || value > kMaxId) throw Error("{}: '{}' is out of range", kWhat, key);
    return static_cast<std::uint32_t>(value);
}

std::vector<BundleBind> decode_binds(const Json& object) {
    std::vector<BundleBind> binds;
    const auto member = object.find("binds");
    if (member == object.end()) return binds;
    if (!member->is_array() || member->size() > kMaxStrings)
        throw Error("{}: 'binds' is no list", kWhat);
    for (const Json& bind : *member)
        binds.push_back({absolute_path(bind, "source"), absolute_path(bind, "destination"),
                         json_bool_if(bind, "readonly", kWhat).value_or(false)});
    return binds;
}

}  // namespace

std::string encode_trailer(const Trailer& trailer) {
    std::string bytes(kTrailerSize, '\0');
    std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
    put(bytes, kVersionAt, trailer.version, 4);
    put(bytes, kSizeAt, kTrailerSize, 4);
    std::size_t at = kExtentsAt;
    for (const Extent* extent : {&trailer.runner, &trailer.image, &trailer.metadata}) {
        put(bytes, at, extent->offset, 8);
        put(bytes, at + 8, extent->size, 8);
        at += 16;
    }
    at = kDigestsAt;
    for (const Sha256* digest :
         {&trailer.runner_digest, &trailer.image_digest, &trailer.metadata_digest}) {
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
        throw Error("the bundle has format version {}, this runner knows version {}",
                    trailer.version, kFormatVersion);
    std::size_t at = kExtentsAt;
    for (Extent* extent : {&trailer.runner, &trailer.image, &trailer.metadata}) {
        *extent = {get(bytes, at, 8), get(bytes, at + 8, 8)};
        at += 16;
    }
    const std::uint64_t end = file_size - kTrailerSize;
    std::uint64_t next = check_extent(trailer.runner, 0, end, kPageSize, "runner");
    next = check_extent(trailer.image, next, end, kPageSize, "image");
    next = check_extent(trailer.metadata, next, end, 1, "metadata");
    if (next != end) throw Error("the bundle is damaged: its parts do not fill it");
    if (trailer.metadata.size > kMaxMetadata)
        throw Error("the bundle is damaged: its metadata has {} bytes", trailer.metadata.size);
    at = kDigestsAt;
    for (Sha256* digest :
         {&trailer.runner_digest, &trailer.image_digest, &trailer.metadata_digest}) {
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
    Json binds = Json::array();
    for (const BundleBind& bind : metadata.binds)
        binds.push_back({{"source", bind.source},
                         {"destination", bind.destination},
                         {"readonly", bind.readonly}});
    const Json json = {{"polecat", metadata.polecat},
                       {"name", metadata.name},
                       {"args", metadata.args},
                       {"env", metadata.env},
                       {"cwd", metadata.cwd},
                       {"user",
                        {{"uid", metadata.uid},
                         {"gid", metadata.gid},
                         {"additionalGids", metadata.additional_gids}}},
                       {"capabilities", metadata.capabilities},
                       {"binds", binds}};
    return dump_json(json) + "\n";
}

Metadata decode_metadata(std::string_view text) {
    const Json json = parse_json(text, kWhat, {.bytes = kMaxMetadata, .depth = 8});
    if (!json.is_object()) throw Error("{} is no JSON object", kWhat);
    Metadata metadata;
    metadata.polecat = json_string_if(json, "polecat", kWhat).value_or("");
    metadata.name = without_nul(json_string(json, "name", kWhat), "name");
    metadata.args = strings(json, "args");
    if (metadata.args.empty()) throw Error("{}: there is no command in it", kWhat);
    metadata.env = strings(json, "env");
    metadata.cwd = absolute_path(json, "cwd");
    const auto user = json.find("user");
    if (user == json.end() || !user->is_object()) throw Error("{}: 'user' is missing", kWhat);
    metadata.uid = id(*user, "uid");
    metadata.gid = id(*user, "gid");
    for (const std::int64_t gid : numbers(*user, "additionalGids", kMaxId))
        metadata.additional_gids.push_back(static_cast<gid_t>(gid));
    for (const std::int64_t capability : numbers(json, "capabilities", kLastCapability))
        metadata.capabilities.push_back(static_cast<int>(capability));
    metadata.binds = decode_binds(json);
    return metadata;
}

}  // namespace mincs::polecat
