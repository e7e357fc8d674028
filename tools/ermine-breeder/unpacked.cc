// See unpacked.hh.
#include "tools/ermine-breeder/unpacked.hh"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "libcore/base/error.hh"

namespace mincs::breeder {
namespace {

constexpr std::size_t kLargest = 256u << 20;

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

[[noreturn]] void fail(archive* reader, std::string_view what) {
    const char* why = archive_error_string(reader);
    throw Error("unpacking '{}': {}", what, why ? why : "it is damaged");
}

}  // namespace

std::string unpacked(std::string_view data, std::string_view what) {
    const Reader reader(archive_read_new(), archive_read_free);
    archive* const in = reader.get();
    archive_read_support_filter_all(in);
    archive_read_support_format_raw(in);
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(in, data.data(), data.size()) != ARCHIVE_OK ||
        archive_read_next_header(in, &entry) != ARCHIVE_OK)
        fail(in, what);
    // The last filter is the one that passes bytes through.
    if (archive_filter_count(in) < 2)
        throw Error("unpacking '{}': it is compressed in no way that is known", what);
    std::string plain(1u << 20, '\0');
    for (std::size_t size = 0;;) {
        const la_ssize_t got = archive_read_data(in, plain.data() + size, plain.size() - size);
        if (got < 0) fail(in, what);
        size += static_cast<std::size_t>(got);
        if (got == 0) {
            plain.resize(size);
            return plain;
        }
        if (size > kLargest) throw Error("unpacking '{}': it is too large", what);
        if (size == plain.size()) plain.resize(size * 2);
    }
}

std::string unpacked_if_packed(std::string data, std::string_view what) {
    return data.starts_with(
               "\x7f"
               "ELF")
               ? data
               : unpacked(data, what);
}

}  // namespace mincs::breeder
