// See tar_index.hh. libarchive parses the headers and says where each ends; contents are skipped.
#include "libcore/layer/tar_index.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/layer/c_locale.hh"
#include "libcore/layer/libarchive.hh"
#include "libcore/layer/tar_primer.hh"

namespace mincs::layer {
namespace {

constexpr std::size_t kPiece = 64u << 10;

struct FreeArchive {
    void operator()(archive* a) const { libarchive().read_free(a); }
};

std::string text_of(const char* text) {
    return text ? text : "";
}

/// The file as libarchive sees it: the primer, then the file's bytes; skipping costs nothing.
class SkippingFile {
 public:
    explicit SkippingFile(int fd) : fd_(fd), buffer_(kPiece) {
        struct stat info;
        check(fstat(fd, &info), "examining a tar");
        size_ = info.st_size;
    }

    std::int64_t size() const { return size_; }

    static la_ssize_t read(archive* a, void* self, const void** buffer) {
        return static_cast<SkippingFile*>(self)->read(a, buffer);
    }
    static la_int64_t skip(archive*, void* self, la_int64_t wanted) {
        auto* file = static_cast<SkippingFile*>(self);
        if (!file->primed_) return 0;
        const std::int64_t skipped = std::clamp<std::int64_t>(wanted, 0, file->size_ - file->at_);
        file->at_ += skipped;
        return skipped;
    }

 private:
    la_ssize_t read(archive* a, const void** buffer) {
        if (!primed_) {
            primed_ = true;
            *buffer = primer_.data();
            return static_cast<la_ssize_t>(primer_.size());
        }
        ssize_t got = -1;
        do {
            got = pread(fd_, buffer_.data(), buffer_.size(), at_);
        } while (got == -1 && errno == EINTR);
        if (got == -1) {
            libarchive().set_error(a, errno, "%s", SysError::errno_text(errno).c_str());
            return ARCHIVE_FATAL;
        }
        at_ += got;
        *buffer = buffer_.data();
        return got;
    }

    int fd_;
    std::vector<char> buffer_;
    std::array<char, kTarBlock> primer_ = make_tar_primer();
    bool primed_ = false;
    std::int64_t at_ = 0;
    std::int64_t size_ = 0;
};

class Indexer {
 public:
    Indexer(int fd, std::string_view name, const TarIndexLimits& limits)
        : name_(name), limits_(limits), file_(fd), handle_(libarchive().read_new()) {
        archive* a = handle_.get();
        if (!a) throw Error("starting libarchive: out of memory");
        libarchive().read_support_format_tar(a);
        libarchive().read_support_filter_none(a);
        libarchive().read_set_callback_data(a, &file_);
        libarchive().read_set_read_callback(a, &SkippingFile::read);
        libarchive().read_set_skip_callback(a, &SkippingFile::skip);
        check_result(libarchive().read_open1(a));
        archive_entry* primer;
        check_result(libarchive().read_next_header(a, &primer));
    }

    std::optional<TarIndex> run() {
        TarIndex index;
        std::size_t members = 0, name_bytes = 0;
        archive_entry* raw = nullptr;
        while (check_result(libarchive().read_next_header(handle_.get(), &raw))) {
            std::string key = key_of(text_of(libarchive().entry_pathname(raw)));
            if (key.empty()) continue;
            TarMember member = member_of(raw, key);
            name_bytes += key.size() + member.target.size();
            if (++members > limits_.members || name_bytes > limits_.name_bytes) return std::nullopt;
            const auto [place, is_new] = index.try_emplace(std::move(key));
            place->second = std::move(member);
            place->second.repeated = !is_new;
        }
        return index;
    }

 private:
    static std::string key_of(std::string path) {
        while (path.starts_with("./")) path.erase(0, 2);
        while (path.ends_with('/')) path.pop_back();
        return path == "." ? "" : path;
    }

    TarMember member_of(archive_entry* raw, const std::string& key) const {
        TarMember member;
        if (const char* target = libarchive().entry_hardlink(raw)) {
            member.type = TarMember::Type::kHardLink;
            member.target = key_of(target);
        } else if (libarchive().entry_filetype(raw) == AE_IFLNK) {
            member.type = TarMember::Type::kLink;
            member.target = text_of(libarchive().entry_symlink(raw));
        } else if (libarchive().entry_filetype(raw) == AE_IFREG &&
                   libarchive().entry_sparse_reset(raw) == 0) {
            member.type = TarMember::Type::kFile;
            member.size = libarchive().entry_size(raw);
            // The header is read and nothing of the content: this is where it begins.
            member.offset =
                libarchive().filter_bytes(handle_.get(), -1) - static_cast<std::int64_t>(kTarBlock);
            if (member.size < 0 || member.offset < 0 || member.size > file_.size() - member.offset)
                throw Error("{}: '{}' is cut off", name_, printable(key.substr(0, 300)));
        }
        return member;
    }

    bool check_result(int result) const {
        if (result == ARCHIVE_EOF) return false;
        if (result == ARCHIVE_OK) return true;
        const std::string why = text_of(libarchive().error_string(handle_.get()));
        // As in tar_reader.cc: a warning about names we take as bytes.
        if (result == ARCHIVE_WARN && why.find("can't be converted") != std::string::npos)
            return true;
        throw Error("{} is no sound tar: {}", name_, printable(why));
    }

    std::string_view name_;
    const TarIndexLimits& limits_;
    SkippingFile file_;
    CLocale locale_;  // before `handle_`, which uses it until it is freed
    std::unique_ptr<archive, FreeArchive> handle_;
};

}  // namespace

std::optional<TarIndex> index_tar(int fd, std::string_view name, const TarIndexLimits& limits) {
    return Indexer(fd, name, limits).run();
}

}  // namespace mincs::layer
