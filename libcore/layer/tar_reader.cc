// See tar_reader.hh.
#include "libcore/layer/tar_reader.hh"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <exception>
#include <limits>

#include "libcore/base/error.hh"
#include "libcore/layer/acl_xattr.hh"
#include "libcore/layer/c_locale.hh"
#include "libcore/layer/libarchive.hh"
#include "libcore/layer/tar_primer.hh"

namespace mincs::layer {
namespace {

struct FreeArchive {
    void operator()(archive* a) const { libarchive().read_free(a); }
};

std::string text_of(const char* text) {
    return text ? text : "";
}

bool is_name_conversion_warning(archive* a) {
    return text_of(libarchive().error_string(a)).find("can't be converted") != std::string::npos;
}

[[noreturn]] void refuse(const TarEntry& entry, std::string_view why) {
    throw Error("entry '{}': {}", printable(entry.path.substr(0, 300)), why);
}

std::uint32_t checked_id(const TarEntry& entry, std::int64_t id) {
    // -1 is "leave it" to chown(2).
    if (id < 0 || id >= std::numeric_limits<std::uint32_t>::max())
        refuse(entry, fmt::format("its owner {} is no user or group id", id));
    return static_cast<std::uint32_t>(id);
}

timespec to_timespec(std::int64_t seconds, long nanoseconds) {
    // The very first second libarchive writes as the one after it.
    seconds = std::max(seconds, std::numeric_limits<std::int64_t>::min() + 1);
    // libarchive reads the PAX time "-1.5" as -1 s + 0.5 s.
    if (seconds < 0 && nanoseconds > 0) return {seconds - 1, 1'000'000'000 - nanoseconds};
    return {seconds, nanoseconds};
}

EntryType entry_type(const TarEntry& entry, archive_entry* raw) {
    if (libarchive().entry_hardlink(raw)) return EntryType::kHardLink;
    switch (libarchive().entry_filetype(raw)) {
        case AE_IFREG:
            return EntryType::kFile;
        case AE_IFDIR:
            return EntryType::kDirectory;
        case AE_IFLNK:
            return EntryType::kSymlink;
        case AE_IFCHR:
            return EntryType::kCharDevice;
        case AE_IFBLK:
            return EntryType::kBlockDevice;
        case AE_IFIFO:
            return EntryType::kFifo;
        default:
            refuse(entry, "a tar has no such type of entry");
    }
}

dev_t device_number(const TarEntry& entry, archive_entry* raw) {
    const auto major_number = libarchive().entry_rdevmajor(raw);
    const auto minor_number = libarchive().entry_rdevminor(raw);
    // The kernel has 12 and 20 bits for them, and would silently take a bigger number for another.
    if (major_number >= 1u << 12 || minor_number >= 1u << 20)
        refuse(entry, "its device number is out of range");
    return makedev(static_cast<unsigned>(major_number), static_cast<unsigned>(minor_number));
}

std::vector<Xattr> read_xattrs(archive_entry* raw) {
    std::vector<Xattr> xattrs;
    if (libarchive().entry_xattr_reset(raw) > 0) {
        const char* name;
        const void* value;
        std::size_t size;
        while (libarchive().entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK)
            xattrs.push_back({text_of(name), std::string(static_cast<const char*>(value), size)});
    }
    append_acl_xattrs(raw, xattrs);
    return xattrs;
}

void read_entry(archive_entry* raw, TarEntry& entry) {
    entry.path = text_of(libarchive().entry_pathname(raw));
    entry.type = entry_type(entry, raw);
    entry.mode = static_cast<mode_t>(libarchive().entry_perm(raw)) & 07777u;
    entry.uid = checked_id(entry, libarchive().entry_uid(raw));
    entry.gid = checked_id(entry, libarchive().entry_gid(raw));
    entry.size = libarchive().entry_size_is_set(raw) ? libarchive().entry_size(raw) : 0;
    if (entry.size < 0) refuse(entry, "its size is negative");
    entry.modified = to_timespec(libarchive().entry_mtime(raw), libarchive().entry_mtime_nsec(raw));
    entry.accessed =
        libarchive().entry_atime_is_set(raw)
            ? to_timespec(libarchive().entry_atime(raw), libarchive().entry_atime_nsec(raw))
            : entry.modified;
    entry.link_target.clear();
    if (entry.type == EntryType::kHardLink) entry.link_target = libarchive().entry_hardlink(raw);
    if (entry.type == EntryType::kSymlink)
        entry.link_target = text_of(libarchive().entry_symlink(raw));
    const bool is_device =
        entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
    entry.device = is_device ? device_number(entry, raw) : 0;
    entry.xattrs = read_xattrs(raw);
}

}  // namespace

struct TarReader::State {
    State(const TarSource& from, std::int64_t max_bytes)
        : source(from), bytes_left(max_bytes), handle(libarchive().read_new()) {}

    const TarSource& source;
    std::int64_t bytes_left;
    std::array<char, kTarBlock> primer = make_tar_primer();
    bool primed = false;
    bool ended = false;  ///< the source has said that it has no more
    std::exception_ptr failure;
    CLocale locale;  // before `handle`, which uses it until it is freed
    std::unique_ptr<archive, FreeArchive> handle;

    std::string_view pull();
    static la_ssize_t read_callback(archive* a, void* self, const void** buffer);
    /// True on success; false at the end; throws on everything else.
    bool check_result(int result);
};

std::string_view TarReader::State::pull() {
    if (!primed) {
        primed = true;
        return std::string_view(primer.data(), primer.size());
    }
    if (ended) return {};
    const std::string_view piece = source();
    ended = piece.empty();
    bytes_left -= static_cast<std::int64_t>(piece.size());
    if (bytes_left < 0) throw Error("the layer's tar is bigger than it may be");
    return piece;
}

la_ssize_t TarReader::State::read_callback(archive* a, void* self, const void** buffer) {
    auto* state = static_cast<State*>(self);
    // An exception must not cross libarchive's C frames: it waits in `failure`.
    try {
        const std::string_view piece = state->pull();
        *buffer = piece.data();
        return static_cast<la_ssize_t>(piece.size());
    } catch (...) {
        state->failure = std::current_exception();
        libarchive().set_error(a, EIO, "the source failed");
        return ARCHIVE_FATAL;
    }
}

bool TarReader::State::check_result(int result) {
    if (failure) std::rethrow_exception(failure);
    if (result == ARCHIVE_EOF) return false;
    if (result == ARCHIVE_OK) return true;
    // Names that are not in the locale's charset, and in "C" that is every one with a byte above
    // 127. We have their bytes all the same.
    if (result == ARCHIVE_WARN && is_name_conversion_warning(handle.get())) return true;
    throw Error("the layer's tar is damaged: {}",
                printable(text_of(libarchive().error_string(handle.get()))));
}

TarReader::TarReader(const TarSource& source, std::int64_t max_bytes)
    : state_(std::make_unique<State>(source, max_bytes)) {
    archive* a = state_->handle.get();
    if (!a) throw Error("starting libarchive: out of memory");
    libarchive().read_support_format_tar(a);
    libarchive().read_support_filter_none(a);
    state_->check_result(
        libarchive().read_open(a, state_.get(), nullptr, &State::read_callback, nullptr));
    archive_entry* primer;
    state_->check_result(libarchive().read_next_header(a, &primer));
}

TarReader::~TarReader() = default;

bool TarReader::next(TarEntry& entry) {
    archive_entry* raw = nullptr;
    if (!state_->check_result(libarchive().read_next_header(state_->handle.get(), &raw)))
        return false;
    read_entry(raw, entry);
    return true;
}

bool TarReader::next_block(DataBlock& block) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = libarchive().read_data_block(state_->handle.get(), &data, &size, &offset);
    if (!state_->check_result(result)) return false;
    block.offset = offset;
    block.bytes = std::string_view(static_cast<const char*>(data), size);
    return true;
}

void TarReader::drain() {
    while (!state_->pull().empty()) {
    }
}

}  // namespace mincs::layer
