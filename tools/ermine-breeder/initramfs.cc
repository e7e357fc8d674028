// See initramfs.hh.
#include "tools/ermine-breeder/initramfs.hh"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <memory>

#include "libcore/base/files.hh"
#include "tools/ermine-breeder/unpacked.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kLargestProgram = 64u << 20;
constexpr const char* kModules = "modules/";

using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

void check_archive(int result, archive* stream, const stdfs::path& file,
                   const char* doing = "writing") {
    if (result == ARCHIVE_OK) return;
    const char* why = archive_error_string(stream);
    throw Error("{} '{}': {}", doing, file.string(), why ? why : "it failed");
}

/// All that a cpio header says and that is not in the list is 0: time, owner, inode number.
Entry header_of(const InitramfsEntry& entry) {
    Entry header(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(header.get(), entry.path.c_str());
    archive_entry_set_mode(header.get(), entry.mode);
    archive_entry_set_nlink(header.get(), S_ISDIR(entry.mode) ? 2 : 1);
    archive_entry_set_mtime(header.get(), 0, 0);
    archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.content.size()));
    if (S_ISCHR(entry.mode)) {
        archive_entry_set_rdevmajor(header.get(), entry.major);
        archive_entry_set_rdevminor(header.get(), entry.minor);
    }
    return header;
}

/// "virtio_ring.ko" of "…/virtio_ring.ko.xz"
std::string module_file_name(const stdfs::path& path) {
    const std::string name = path.filename();
    return name.substr(0, name.find(".ko")) + ".ko";
}

}  // namespace

std::vector<InitramfsEntry> module_entries(const std::vector<stdfs::path>& modules) {
    std::vector<InitramfsEntry> entries;
    for (std::size_t i = 0; i < modules.size(); ++i)
        entries.push_back(
            {fmt::format("{}{:02}-{}", kModules, i, module_file_name(modules[i])), S_IFREG | 0644,
             0, 0,
             unpacked_if_packed(read_file(modules[i], kLargestProgram), modules[i].string())});
    return entries;
}

std::vector<InitramfsEntry> guest_entries(const stdfs::path& init, const stdfs::path& busybox,
                                          const std::vector<InitramfsEntry>& modules) {
    std::vector<InitramfsEntry> entries;
    for (const char* name : {"bin", "dev", "modules", "proc", "run", "share", "sys"})
        entries.push_back({name, S_IFDIR | 0755});
    entries.push_back({"dev/console", S_IFCHR | 0600, 5, 1});
    entries.push_back({"dev/null", S_IFCHR | 0666, 1, 3});
    entries.push_back({"init", S_IFREG | 0755, 0, 0, read_file(init, kLargestProgram)});
    entries.push_back({"bin/busybox", S_IFREG | 0755, 0, 0, read_file(busybox, kLargestProgram)});
    entries.insert(entries.end(), modules.begin(), modules.end());
    return entries;
}

void write_initramfs(const stdfs::path& file, const std::vector<InitramfsEntry>& entries) {
    const Writer writer(archive_write_new(), archive_write_free);
    archive* const out = writer.get();
    check_archive(archive_write_set_format_cpio_newc(out), out, file);
    check_archive(archive_write_set_bytes_in_last_block(out, 1), out, file);  // no padding
    check_archive(archive_write_open_filename(out, file.c_str()), out, file);
    for (const InitramfsEntry& entry : entries) {
        const Entry header = header_of(entry);
        check_archive(archive_write_header(out, header.get()), out, file);
        if (entry.content.empty()) continue;
        if (archive_write_data(out, entry.content.data(), entry.content.size()) !=
            static_cast<la_ssize_t>(entry.content.size()))
            check_archive(ARCHIVE_FATAL, out, file);
    }
    check_archive(archive_write_close(out), out, file);
}

std::vector<InitramfsEntry> modules_in(const stdfs::path& file) {
    constexpr const char* kDoing = "reading";
    const Reader reader(archive_read_new(), archive_read_free);
    archive* const in = reader.get();
    check_archive(archive_read_support_format_cpio(in), in, file, kDoing);
    check_archive(archive_read_open_filename(in, file.c_str(), 1u << 16), in, file, kDoing);
    std::vector<InitramfsEntry> entries;
    archive_entry* entry = nullptr;
    int result;
    while ((result = archive_read_next_header(in, &entry)) == ARCHIVE_OK) {
        const std::string path = archive_entry_pathname(entry);
        if (!path.starts_with(kModules)) continue;
        std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
        if (archive_read_data(in, content.data(), content.size()) !=
            static_cast<la_ssize_t>(content.size()))
            check_archive(ARCHIVE_FATAL, in, file, kDoing);
        entries.push_back({path, archive_entry_mode(entry), 0, 0, std::move(content)});
    }
    if (result != ARCHIVE_EOF) check_archive(result, in, file, kDoing);
    return entries;
}

}  // namespace mincs::breeder
