// See archive.hh. open_archive() at the end is the whole story.
#include "libimage/archive.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "libcore/base/log.hh"
#include "libcore/layer/inflate.hh"

namespace mincs::image {
namespace {

constexpr std::size_t kPiece = 256u << 10;
constexpr std::size_t kTarBlock = 512;

/// Reads a descriptor once, from its beginning; what was peeked at is read again.
class Input {
 public:
    Input(int fd, const std::string& name, const ArchiveOptions& options)
        : fd_(fd), name_(name), options_(options), buffer_(kPiece) {}

    /// The first bytes, a whole piece where there are as many.
    std::string_view peek() {
        while (peeked_ < buffer_.size()) {
            const std::size_t got = read_some(buffer_.data() + peeked_, buffer_.size() - peeked_);
            if (got == 0) break;
            peeked_ += got;
        }
        return std::string_view(buffer_.data(), peeked_);
    }

    void read_all(const BlobSink& sink) {
        if (peeked_ > 0) sink(std::string_view(buffer_.data(), peeked_));
        while (const std::size_t got = read_some(buffer_.data(), buffer_.size()))
            sink(std::string_view(buffer_.data(), got));
    }

 private:
    std::size_t read_some(char* data, std::size_t size) {
        while (true) {
            if (options_.cancelled && *options_.cancelled)
                throw Error("reading {}: stopped", name_);
            const ssize_t got = ::read(fd_, data, size);
            if (got == -1 && errno == EINTR) continue;
            check(got, "reading {}", name_);
            if (options_.progress) options_.progress(got);
            return static_cast<std::size_t>(got);
        }
    }

    int fd_;
    const std::string& name_;
    const ArchiveOptions& options_;
    std::vector<char> buffer_;
    std::size_t peeked_ = 0;
};

/// The plain bytes that a compressed stream begins with, as far as they can be told.
std::string inflate_start(std::string_view compressed) {
    std::string plain;
    struct Enough {};
    try {
        layer::Inflater inflater([&](std::string_view bytes) {
            plain += bytes;
            if (plain.size() >= kPiece) throw Enough();
        });
        inflater.write(compressed);
    } catch (const Enough&) {
    } catch (const Error&) {
        // The real reading will say so.
    }
    return plain;
}

/// What stands at the top of a root and of no archive of images.
constexpr std::array<std::string_view, 22> kRootNames = {
    ".dockerenv", "bin", "boot", "dev",  "etc", "home", "lib", "lib32", "lib64", "libx32", "media",
    "mnt",        "opt", "proc", "root", "run", "sbin", "srv", "sys",   "tmp",   "usr",    "var"};

bool is_root_name(std::string_view name) {
    return std::find(kRootNames.begin(), kRootNames.end(), name) != kRootNames.end();
}

/// Whether a tar that begins so is surely a root's. Saves us from writing out a whole compressed
/// root to look at its end.
bool begins_like_root(std::string_view plain) {
    for (int entries = 0; entries < 2 && plain.size() >= kTarBlock; ++entries) {
        std::string_view name = plain.substr(0, 100);
        name = name.substr(0, name.find('\0'));
        if (name.starts_with("./")) name.remove_prefix(2);
        if (!name.empty()) return is_root_name(name.substr(0, name.find('/')));
        plain.remove_prefix(kTarBlock);  // "./" itself
    }
    return false;
}

bool is_regular(int fd) {
    struct stat info;
    check(fstat(fd, &info), "examining an archive");
    return S_ISREG(info.st_mode);
}

Fd spool(Input& input, bool inflate, const std::string& name, const ArchiveOptions& options) {
    debug("{}: copying it into the store's staging", name);
    Fd file = options.spool();
    const auto write = [&](std::string_view bytes) {
        if (options.claim) options.claim(static_cast<std::int64_t>(bytes.size()));
        write_all(file.get(), bytes, name);
    };
    if (!inflate) {
        input.read_all(write);
        return file;
    }
    try {
        layer::Inflater inflater(write);
        input.read_all([&](std::string_view bytes) { inflater.write(bytes); });
        inflater.finish();
    } catch (const SysError&) {
        throw;
    } catch (const Error& error) {
        throw Error("reading {}: {}", name, error.what());
    }
    return file;
}

bool has_images(const layer::TarIndex& index) {
    // A root may well have a file of such a name.
    for (const std::string_view name : kRootNames)
        if (index.contains(name)) return false;
    return index.contains("manifest.json") ||
           (index.contains("oci-layout") && index.contains("index.json"));
}

}  // namespace

std::variant<std::shared_ptr<const Members>, RootTar> open_archive(Fd fd, const std::string& name,
                                                                   const ArchiveOptions& options) {
    const bool in_place = is_regular(fd.get()) && lseek(fd.get(), 0, SEEK_CUR) == 0;
    Input input(fd.get(), name, options);
    const std::string_view start = input.peek();
    if (start.empty()) throw Error("{}: it is empty", name);
    const bool compressed = layer::detect_compression(start) != layer::Compression::kNone;
    if (compressed && begins_like_root(inflate_start(start)))
        return RootTar{in_place ? std::move(fd) : spool(input, false, name, options), name};
    Fd tar;
    if (compressed || !in_place)
        tar = spool(input, compressed, name, options);
    else
        tar = std::move(fd);
    auto index = layer::index_tar(tar.get(), name);
    if (index && has_images(*index))
        return std::make_shared<TarMembers>(std::move(tar), std::move(*index), name);
    // The root as it came where that is still to be had.
    return RootTar{fd && in_place ? std::move(fd) : std::move(tar), name};
}

Fd make_unnamed_file(const std::filesystem::path& directory) {
    const int unnamed = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (unnamed != -1) return Fd(unnamed);
    // Some file systems know no O_TMPFILE.
    std::string path = directory / ".spool.XXXXXX";
    Fd file(check(mkostemp(path.data(), O_CLOEXEC), "making a file in '{}'", directory.native()));
    check(unlink(path.c_str()), "removing '{}'", path);
    return file;
}

}  // namespace mincs::image
