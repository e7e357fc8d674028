// See bundle.hh.
#include "tools/polecat/bundle.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "libcore/base/digest.hh"
#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tools/polecat/embedded.hh"

namespace mincs::polecat {
namespace {

constexpr std::size_t kShownCommand = 200;

std::uint64_t pages(std::uint64_t bytes) {
    return (bytes + kPageSize - 1) / kPageSize;
}

Sha256 to_bytes(const Digest& digest) {
    Sha256 bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] =
            static_cast<unsigned char>(std::stoi(digest.hex().substr(2 * i, 2), nullptr, 16));
    return bytes;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// The command line for a comment: on one line, whatever is in it.
std::string shown_command(const std::vector<std::string>& args) {
    std::string text;
    for (const std::string& arg : args) text += (text.empty() ? "" : " ") + printable(arg);
    if (text.size() > kShownCommand) text = text.substr(0, kShownCommand) + "...";
    return text;
}

/// A file under a temporary name, gone unless it was finished.
class PendingFile {
 public:
    explicit PendingFile(const std::string& path) : path_(path), temporary_(path + ".XXXXXX") {
        fd_ = Fd(check(mkostemp(temporary_.data(), O_CLOEXEC), "creating '{}'", printable(path)));
    }
    PendingFile(const PendingFile&) = delete;
    PendingFile& operator=(const PendingFile&) = delete;
    ~PendingFile() {
        if (!finished_) unlink(temporary_.c_str());
    }

    void append(std::string_view data) {
        write_all(fd_.get(), data, path_);
        size_ += data.size();
        while (!data.empty()) {
            const std::uint64_t room = kPieceSize - piece_size_;
            const std::string_view part = data.substr(0, room);
            piece_.update(part);
            piece_size_ += part.size();
            data.remove_prefix(part.size());
            if (piece_size_ == kPieceSize) finish_piece();
        }
    }
    /// The digests of all that was appended, piece by piece.
    std::string take_pieces() {
        if (piece_size_ > 0) finish_piece();
        return std::move(pieces_);
    }
    void pad_to_page() {
        const std::uint64_t missing = pages(size_) * kPageSize - size_;
        append(std::string(missing, '\0'));
    }
    std::uint64_t size() const { return size_; }

    void finish() {
        const mode_t mask = umask(0);
        umask(mask);
        check(fchmod(fd_.get(), 0755 & ~mask), "making '{}' executable", printable(path_));
        check(fsync(fd_.get()), "syncing '{}'", printable(path_));
        check(rename(temporary_.c_str(), path_.c_str()), "renaming '{}' to '{}'",
              printable(temporary_), printable(path_));
        finished_ = true;
    }

 private:
    void finish_piece() {
        const Sha256 digest = to_bytes(piece_.finish());
        pieces_.append(digest.begin(), digest.end());
        piece_ = Hasher();
        piece_size_ = 0;
    }

    std::string path_;
    std::string temporary_;
    Fd fd_;
    std::uint64_t size_ = 0;
    Hasher piece_;
    std::uint64_t piece_size_ = 0;
    std::string pieces_;
    bool finished_ = false;
};

/// Copies the image and hashes it on the way.
Digest append_image(PendingFile& file, int image) {
    Hasher hasher;
    std::vector<char> buffer(1u << 20);
    for (off_t at = 0;;) {
        const ssize_t got =
            check(pread(image, buffer.data(), buffer.size(), at), "reading the squashfs image");
        if (got == 0) return hasher.finish();
        const std::string_view data(buffer.data(), static_cast<std::size_t>(got));
        hasher.update(data);
        file.append(data);
        at += got;
    }
}

}  // namespace

std::string make_header(const Metadata& metadata, std::uint64_t runner_size) {
    std::string text;
    // The number of pages stands in the text, whose length decides on it: one round settles it.
    for (std::uint64_t header_pages = 1;; header_pages = pages(text.size())) {
        text = embedded_header();
        replace_all(text, "@VERSION@", metadata.polecat);
        replace_all(text, "@RUNNER_PAGES@", std::to_string(pages(runner_size)));
        replace_all(text, "@RUNNER_PAGE@", std::to_string(header_pages));
        replace_all(text, "@COMMAND@", shown_command(metadata.args));
        if (pages(text.size()) == header_pages) break;
    }
    // Newlines: a shell reads on to the `exit`, and an editor shows no rubbish.
    text.resize(pages(text.size()) * kPageSize, '\n');
    return text;
}

std::uint64_t bundle_size_beside_image(BundleFormat format, std::uint64_t runner_size,
                                       const Metadata& metadata) {
    const std::uint64_t header =
        format == BundleFormat::kShell ? make_header(metadata, runner_size).size() : 0;
    return header + pages(runner_size) * kPageSize + encode_metadata(metadata).size() +
           kTrailerSize;
}

std::uint64_t write_bundle(const std::string& path, const BundleParts& parts) {
    PendingFile file(path);
    Trailer trailer;
    if (parts.format == BundleFormat::kShell)
        file.append(make_header(parts.metadata, parts.runner.size()));
    trailer.runner = {file.size(), parts.runner.size()};
    file.append(parts.runner);
    file.pad_to_page();
    trailer.runner_digest = to_bytes(Digest::of(parts.runner));

    trailer.image.offset = file.size();
    trailer.image_digest = to_bytes(append_image(file, parts.image));
    trailer.image.size = file.size() - trailer.image.offset;

    const std::string metadata = encode_metadata(parts.metadata);
    if (metadata.size() > kMaxMetadata)
        throw Error("the command's arguments and environment are too long for a bundle");
    trailer.metadata = {file.size(), metadata.size()};
    trailer.metadata_digest = to_bytes(Digest::of(metadata));
    file.append(metadata);

    trailer.pieces.offset = file.size();
    const std::string pieces = file.take_pieces();
    trailer.pieces.size = pieces.size();
    trailer.pieces_digest = to_bytes(Digest::of(pieces));
    file.append(pieces);

    std::string end = encode_trailer(trailer);
    const Sha256 own =
        to_bytes(Digest::of(std::string_view(end).substr(0, end.size() - own.size())));
    std::copy(own.begin(), own.end(), end.end() - static_cast<std::ptrdiff_t>(own.size()));
    file.append(end);
    file.finish();
    return file.size();
}

}  // namespace mincs::polecat
