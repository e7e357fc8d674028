// See tar_writer.hh.
#include "libcore/layer/tar_writer.hh"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <exception>

#include "libcore/base/error.hh"
#include "libcore/layer/c_locale.hh"
#include "libcore/layer/libarchive.hh"

namespace mincs::layer {
namespace {

struct FreeArchive {
    void operator()(archive* a) const { libarchive().write_free(a); }
};
struct FreeEntry {
    void operator()(archive_entry* e) const { libarchive().entry_free(e); }
};

unsigned file_type(EntryType type) {
    switch (type) {
        case EntryType::kDirectory:
            return AE_IFDIR;
        case EntryType::kSymlink:
            return AE_IFLNK;
        case EntryType::kCharDevice:
            return AE_IFCHR;
        case EntryType::kBlockDevice:
            return AE_IFBLK;
        case EntryType::kFifo:
            return AE_IFIFO;
        case EntryType::kFile:
        case EntryType::kHardLink:
            break;
    }
    return AE_IFREG;
}

/// libarchive writes seconds, a dot, and nanoseconds, so that -2 s + 0.25 s must be given as "-1"
/// and "75…" for PAX's "-1.75". It has no sign for a zero: less than a second before 1970 becomes a
/// whole one.
timespec as_written(timespec time) {
    if (time.tv_sec >= 0 || time.tv_nsec == 0) return time;
    if (time.tv_sec == -1) return {-1, 0};
    return {time.tv_sec + 1, 1'000'000'000 - time.tv_nsec};
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

void fill(archive_entry* raw, const TarEntry& entry, const std::vector<DataRange>& data) {
    libarchive().entry_clear(raw);
    libarchive().entry_copy_pathname(raw, entry.path.c_str());
    libarchive().entry_set_filetype(raw, file_type(entry.type));
    libarchive().entry_set_perm(raw, entry.mode);
    libarchive().entry_set_uid(raw, entry.uid);
    libarchive().entry_set_gid(raw, entry.gid);
    const timespec modified = as_written(entry.modified);
    libarchive().entry_set_mtime(raw, modified.tv_sec, modified.tv_nsec);
    libarchive().entry_set_size(raw, entry.type == EntryType::kFile ? entry.size : 0);
    if (entry.type == EntryType::kHardLink)
        libarchive().entry_copy_hardlink(raw, entry.link_target.c_str());
    if (entry.type == EntryType::kSymlink)
        libarchive().entry_copy_symlink(raw, entry.link_target.c_str());
    if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice) {
        libarchive().entry_set_rdevmajor(raw, major(entry.device));
        libarchive().entry_set_rdevminor(raw, minor(entry.device));
    }
    for (const Xattr& xattr : entry.xattrs)
        libarchive().entry_xattr_add_entry(raw, xattr.name.c_str(), xattr.value.data(),
                                           xattr.value.size());
    for (const DataRange& range : data)
        libarchive().entry_sparse_add_entry(raw, range.offset, range.length);
}

}  // namespace

struct TarWriter::State {
    explicit State(const TarSink& to)
        : sink(to), handle(libarchive().write_new()), entry(libarchive().entry_new()) {}

    const TarSink& sink;
    std::exception_ptr failure;
    bool is_discarding = false;
    CLocale locale{"C.UTF-8"};  // before `handle`, which uses it until it is freed
    std::unique_ptr<archive, FreeArchive> handle;
    std::unique_ptr<archive_entry, FreeEntry> entry;

    static la_ssize_t write_callback(archive* a, void* self, const void* data, std::size_t size);
    void check_result(la_ssize_t result) const;
};

la_ssize_t TarWriter::State::write_callback(archive*, void* self, const void* data,
                                            std::size_t size) {
    auto* state = static_cast<State*>(self);
    // An exception must not cross libarchive's C frames: it waits in `failure` for check_result.
    // libarchive is told that all is well, as after a fatal error it would not free its buffers.
    if (!state->failure && !state->is_discarding) {
        try {
            state->sink(std::string_view(static_cast<const char*>(data), size));
        } catch (...) {
            state->failure = std::current_exception();
        }
    }
    return static_cast<la_ssize_t>(size);
}

void TarWriter::State::check_result(la_ssize_t result) const {
    if (failure) std::rethrow_exception(failure);
    if (result >= ARCHIVE_OK) return;
    const char* text = libarchive().error_string(handle.get());
    throw Error("writing a tar: {}", printable(text ? text : "out of memory"));
}

TarWriter::TarWriter(const TarSink& sink) : state_(std::make_unique<State>(sink)) {
    archive* a = state_->handle.get();
    if (!a || !state_->entry) throw Error("starting libarchive: out of memory");
    state_->check_result(libarchive().write_set_format_pax(a));
    // Xattrs in the spelling of Go's, GNU's and star's tar only, not in libarchive's own as well.
    state_->check_result(libarchive().write_set_options(a, "pax:xattrheader=SCHILY"));
    state_->check_result(libarchive().write_add_filter_none(a));
    state_->check_result(libarchive().write_set_bytes_per_block(a, 256 << 10));
    state_->check_result(libarchive().write_set_bytes_in_last_block(a, 1));
    state_->check_result(
        libarchive().write_open(a, state_.get(), nullptr, &State::write_callback, nullptr));
}

TarWriter::~TarWriter() {
    // Without finish() nothing more may reach the sink; archive_write_free would write the end
    // marker.
    state_->is_discarding = true;
}

void TarWriter::begin(const TarEntry& entry, const std::vector<DataRange>& data) {
    fill(state_->entry.get(), entry, data);
    const int result = libarchive().write_header(state_->handle.get(), state_->entry.get());
    // Names are bytes: one that is no UTF-8 is written as it is and marked so in its header
    // (hdrcharset=BINARY), with a warning.
    if (result == ARCHIVE_WARN && !(is_ascii(entry.path) && is_ascii(entry.link_target))) return;
    state_->check_result(result);
}

void TarWriter::write(std::string_view content) {
    state_->check_result(
        libarchive().write_data(state_->handle.get(), content.data(), content.size()));
}

void TarWriter::finish() {
    state_->check_result(libarchive().write_close(state_->handle.get()));
}

}  // namespace mincs::layer
