// See inspect.hh. docs/bundle.md has the format.
#include "tools/polecat/inspect.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include "libcore/base/digest.hh"
#include "libcore/base/files.hh"
#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "tools/polecat/bundle.hh"
#include "tools/polecat/first_files.hh"
#include "tools/polecat/runner/unpack.hh"

namespace mincs::polecat {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kInfoHelp =
    "Usage: polecat info [--format json] FILE\n\n"
    "Tell what is in a bundle: its command, what it shows of the host, its parts.\n\n"
    "Example:\n  polecat info top.sh\n";
constexpr const char* kVerifyHelp =
    "Usage: polecat verify FILE\n\n"
    "Compare a bundle with the digests in it, piece by piece of 1 MiB. Exit status: 0 whole,\n"
    "1 damaged (each damaged place is named) or no bundle, 2 wrong use.\n\n"
    "Example:\n  polecat verify top.sh\n";
constexpr const char* kExtractHelp =
    "Usage: polecat extract FILE [DIR]\n\n"
    "Unpack a bundle's files into the new directory DIR (default: the command's name with\n"
    "\".root\"), after verifying it. Files get their owners if root does it.\n\n"
    "Example:\n  polecat extract top.sh topdir\n";

struct Opened {
    std::string path;
    Fd file;
    Trailer trailer;
    Metadata metadata;
};

Opened open_bundle(const std::string& path) {
    Opened bundle;
    bundle.path = path;
    bundle.file = Fd(check(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), "opening '{}'",
                           printable(path)));
    bundle.trailer = read_trailer(bundle.file.get(), path);
    bundle.metadata =
        decode_metadata(read_part(bundle.file.get(), bundle.trailer.metadata, "metadata"));
    return bundle;
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

std::string hex(const Sha256& digest) {
    return hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string shell_words(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        const bool is_plain =
            !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
                return std::isalnum(c) || std::strchr("-_./:=,+@%", c);
            });
        text += (text.empty() ? "" : " ") + (is_plain ? word : "'" + word + "'");
    }
    return printable(text);
}

// ---- info ----

/// Of the files that every start reads.
struct PlainBytes {
    std::uint64_t all = 0;    ///< of their content
    std::uint64_t plain = 0;  ///< of those, stored as they are
};

std::optional<Inode> find(Squashfs& image, const std::string& path) {
    Inode inode = image.inode(image.root());
    for (const stdfs::path& name : stdfs::path(path).relative_path()) {
        if (!S_ISDIR(inode.mode)) return std::nullopt;
        const std::vector<DirectoryEntry> entries = image.list(inode);
        const auto found =
            std::find_if(entries.begin(), entries.end(),
                         [&](const DirectoryEntry& entry) { return entry.name == name.native(); });
        if (found == entries.end()) return std::nullopt;
        inode = image.inode(found->ref);
    }
    return inode;
}

PlainBytes count_plain(Squashfs& image, const std::vector<std::string>& first) {
    PlainBytes bytes;
    for (std::size_t i = 0; i < std::min(first.size(), kMostFirstFiles); ++i) {
        const std::optional<Inode> file = find(image, first[i]);
        if (!file || !S_ISREG(file->mode)) continue;
        bytes.all += file->size;
        for (const std::uint32_t stored : file->blocks)
            if (stored & ImageBlocks::kDataIsPlain)
                bytes.plain += stored & ~ImageBlocks::kDataIsPlain;
    }
    return bytes;
}

Json to_json(const Extent& part, const Sha256& digest) {
    return {{"offset", part.offset}, {"size", part.size}, {"sha256", hex(digest)}};
}

Json to_json(const Opened& bundle, Squashfs& image) {
    const Metadata& metadata = bundle.metadata;
    const Trailer& trailer = bundle.trailer;
    Json binds = Json::array();
    for (const BundleBind& bind : metadata.binds)
        binds.push_back({{"source", bind.source},
                         {"destination", bind.destination},
                         {"readonly", bind.readonly}});
    Json json = {{"polecat", metadata.polecat},
                 {"version", trailer.version},
                 {"format", trailer.runner.offset == 0 ? "elf" : "sh"},
                 {"name", metadata.name},
                 {"args", metadata.args},
                 {"env", metadata.env},
                 {"cwd", metadata.cwd},
                 {"shows", {{"cwd", metadata.shows_cwd}, {"home", metadata.shows_home}}},
                 {"user",
                  {{"uid", metadata.uid},
                   {"gid", metadata.gid},
                   {"additionalGids", metadata.additional_gids}}},
                 {"capabilities", metadata.capabilities},
                 {"binds", binds},
                 {"network", metadata.no_network ? "none" : "host"},
                 {"x11", metadata.x11},
                 {"wayland", metadata.wayland},
                 {"first", metadata.first},
                 {"runner", to_json(trailer.runner, trailer.runner_digest)},
                 {"image", to_json(trailer.image, trailer.image_digest)},
                 {"metadata", to_json(trailer.metadata, trailer.metadata_digest)}};
    json["image"]["entries"] = image.inode_count();
    json["image"]["blockSize"] = image.block_size();
    json["image"]["compression"] = image.compression();
    const PlainBytes bytes = count_plain(image, metadata.first);
    json["start"] = {{"bytes", bytes.all}, {"notCompressed", bytes.plain}};
    return json;
}

std::string size_text(std::uint64_t bytes) {
    return format_size(static_cast<std::int64_t>(bytes));
}

void print(const char* what, const std::string& text) {
    std::printf("%-12s %s\n", what, text.c_str());
}

void print_part(const char* what, const Extent& part, const Sha256& digest) {
    print(what, fmt::format("{} bytes at {}, sha256 {}", part.size, part.offset, hex(digest)));
}

void print_info(const Opened& bundle, Squashfs& image) {
    const Metadata& metadata = bundle.metadata;
    const Trailer& trailer = bundle.trailer;
    print("made by", fmt::format("polecat {}, format version {}, {}", printable(metadata.polecat),
                                 trailer.version, trailer.runner.offset == 0 ? "elf" : "sh"));
    print("command", shell_words(metadata.args));
    print("user", fmt::format("{}:{}", metadata.uid, metadata.gid));
    print("directory", metadata.shows_cwd
                           ? "the caller's, else " + printable(metadata.cwd)
                           : printable(metadata.cwd) + "; the caller's is not shown");
    if (metadata.shows_home) print("home", "the caller's");
    for (const BundleBind& bind : metadata.binds)
        print("bind", printable(bind.source) + " on " + printable(bind.destination) +
                          (bind.readonly ? ", read-only" : ""));
    print("network", metadata.no_network ? "none" : "the host's");
    if (metadata.x11) print("x11", "the caller's");
    if (metadata.wayland) print("wayland", "the caller's");
    for (const std::string& variable : metadata.env) print("variable", printable(variable));
    print("files", fmt::format("{}, {} in blocks of {}", image.inode_count(), image.compression(),
                               format_size(image.block_size())));
    const PlainBytes bytes = count_plain(image, metadata.first);
    print("start", fmt::format("reads {}, of which {} are not compressed", size_text(bytes.all),
                               size_text(bytes.plain)));
    print_part("runner", trailer.runner, trailer.runner_digest);
    print_part("image", trailer.image, trailer.image_digest);
}

int info(const std::string& path, bool as_json) {
    const Opened bundle = open_bundle(path);
    Squashfs image(bundle.file.get(), bundle.trailer.image);
    if (as_json)
        std::printf(
            "%s\n",
            to_json(bundle, image).dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    else
        print_info(bundle, image);
    return 0;
}

// ---- verify ----

/// Which part a byte of the file is in.
std::string part_at(const Trailer& trailer, std::uint64_t begin, std::uint64_t end) {
    std::string names;
    const auto touches = [&](std::uint64_t from, std::uint64_t to, const char* name) {
        if (begin < to && from < end) names += (names.empty() ? "" : ", ") + std::string(name);
    };
    touches(0, trailer.runner.offset, "header");
    touches(trailer.runner.offset, trailer.image.offset, "runner");
    touches(trailer.image.offset, trailer.metadata.offset, "image");
    touches(trailer.metadata.offset, trailer.pieces.offset, "metadata");
    return names;
}

void check_end(const Opened& bundle) {
    struct stat info;
    check(fstat(bundle.file.get(), &info), "examining '{}'", printable(bundle.path));
    const auto size = static_cast<std::uint64_t>(info.st_size);
    const std::string end =
        read_part(bundle.file.get(), {size - kTrailerSize, kTrailerSize}, "trailer");
    const std::size_t hashed = kTrailerSize - sizeof(Sha256);
    if (Digest::of(std::string_view(end).substr(0, hashed)).hex() !=
        hex(std::string_view(end).substr(hashed)))
        throw Error("'{}' is damaged: its trailer", printable(bundle.path));
}

/// Digests of the pieces, which must themselves be what the trailer says.
std::string read_pieces(const Opened& bundle) {
    const Extent& part = bundle.trailer.pieces;
    if (part.size > kMaxPieces)
        throw Error("'{}' is damaged: its list of digests is too long", printable(bundle.path));
    std::string pieces = read_part(bundle.file.get(), part, "list of digests");
    if (Digest::of(pieces).hex() != hex(bundle.trailer.pieces_digest))
        throw Error("'{}' is damaged: its list of digests", printable(bundle.path));
    return pieces;
}

/// The damaged places, for people.
std::vector<std::string> damages(const Opened& bundle) {
    check_end(bundle);
    const std::string pieces = read_pieces(bundle);
    std::vector<std::string> found;
    const std::uint64_t end = bundle.trailer.pieces.offset;
    for (std::uint64_t begin = 0; begin < end; begin += kPieceSize) {
        const std::uint64_t size = std::min(kPieceSize, end - begin);
        const std::string piece = read_part(bundle.file.get(), {begin, size}, "content");
        const std::string_view wanted =
            std::string_view(pieces).substr(begin / kPieceSize * sizeof(Sha256), sizeof(Sha256));
        if (Digest::of(piece).hex() != hex(wanted))
            found.push_back(fmt::format("bytes {} to {} ({})", begin, begin + size - 1,
                                        part_at(bundle.trailer, begin, begin + size)));
    }
    return found;
}

void require_whole(const Opened& bundle) {
    const std::vector<std::string> found = damages(bundle);
    if (found.empty()) return;
    std::string places;
    for (const std::string& place : found) places += (places.empty() ? "" : ", ") + place;
    throw Error("'{}' is damaged: {}", printable(bundle.path), places);
}

int verify(const std::string& path) {
    const Opened bundle = open_bundle(path);
    require_whole(bundle);
    std::printf("'%s' is whole\n", printable(path).c_str());
    return 0;
}

// ---- extract ----

/// The command's name without whatever would lead out of the directory.
std::string default_directory(const Metadata& metadata) {
    const std::string& name = metadata.name;
    const bool is_good =
        !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
    return (is_good ? name : "bundle") + ".root";
}

int extract(const std::string& path, std::string directory) {
    const Opened bundle = open_bundle(path);
    if (directory.empty()) directory = default_directory(bundle.metadata);
    if (stdfs::exists(stdfs::symlink_status(directory)))
        throw Error("extracting '{}': '{}' exists", printable(path), printable(directory));
    require_whole(bundle);
    std::string unfinished = directory + ".XXXXXX";
    if (!mkdtemp(unfinished.data()))
        throw SysError(errno, "creating a directory beside '{}'", printable(directory));
    try {
        const Fd top(check(open(unfinished.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           "opening '{}'", printable(unfinished)));
        Squashfs image(bundle.file.get(), bundle.trailer.image);
        const Unpacked unpacked = unpack(image, top.get(), geteuid() == 0);
        check(rename(unfinished.c_str(), directory.c_str()), "renaming '{}' to '{}'",
              printable(unfinished), printable(directory));
        write_log_line("", fmt::format("'{}': {} files, {}", printable(directory), unpacked.entries,
                                       format_size(static_cast<std::int64_t>(unpacked.bytes))));
    } catch (...) {
        remove_tree(unfinished);
        throw;
    }
    return 0;
}

struct Command {
    const char* name;
    const char* help;
    std::size_t most_words;
};
constexpr Command kCommands[] = {
    {"info", kInfoHelp, 1}, {"verify", kVerifyHelp, 1}, {"extract", kExtractHelp, 2}};

const Command* command_named(const std::string& word) {
    for (const Command& command : kCommands)
        if (word == command.name) return &command;
    return nullptr;
}

}  // namespace

bool is_inspection(const std::string& word) {
    return command_named(word) != nullptr;
}

int inspect(const std::vector<std::string>& words) {
    const Command& command = *command_named(words.at(0));
    std::vector<std::string> files;
    bool as_json = false, options_end = false;
    const bool is_info = words[0] == "info";
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (options_end || !word.starts_with('-') || word == "-") {
            files.push_back(word);
        } else if (word == "--") {
            options_end = true;
        } else if (word == "-h" || word == "--help") {
            std::fputs(command.help, stdout);
            return 0;
        } else if (is_info && word == "--format" && i + 1 < words.size()) {
            if (words[++i] != "json")
                throw UsageError("the format '{}' is not 'json'", printable(words[i]));
            as_json = true;
        } else {
            throw UsageError("unknown option '{}'", printable(word))
                .with_hint(fmt::format("'polecat {} --help' tells how to use it", words[0]));
        }
    }
    if (files.empty() || files.size() > command.most_words)
        throw UsageError("{}", files.empty() ? "FILE is missing" : "too many words")
            .with_hint(fmt::format("'polecat {} --help' tells how to use it", words[0]));
    if (is_info) return info(files[0], as_json);
    if (words[0] == "verify") return verify(files[0]);
    return extract(files[0], files.size() > 1 ? files[1] : "");
}

}  // namespace mincs::polecat
