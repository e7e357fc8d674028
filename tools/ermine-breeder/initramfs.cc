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

using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

void check_archive(int result, archive* writer, const stdfs::path& file) {
    if (result == ARCHIVE_OK) return;
    const char* why = archive_error_string(writer);
    throw Error("writing '{}': {}", file.string(), why ? why : "it failed");
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

std::vector<InitramfsEntry> guest_entries(const stdfs::path& init, const stdfs::path& busybox,
                                          const std::vector<stdfs::path>& modules) {
    std::vector<InitramfsEntry> entries;
    for (const char* name : {"bin", "dev", "modules", "proc", "run", "share", "sys"})
        entries.push_back({name, S_IFDIR | 0755});
    entries.push_back({"dev/console", S_IFCHR | 0600, 5, 1});
    entries.push_back({"dev/null", S_IFCHR | 0666, 1, 3});
    entries.push_back({"init", S_IFREG | 0755, 0, 0, read_file(init, kLargestProgram)});
    entries.push_back({"bin/busybox", S_IFREG | 0755, 0, 0, read_file(busybox, kLargestProgram)});
    for (std::size_t i = 0; i < modules.size(); ++i)
        entries.push_back(
            {fmt::format("modules/{:02}-{}", i, module_file_name(modules[i])), S_IFREG | 0644, 0, 0,
             unpacked_if_packed(read_file(modules[i], kLargestProgram), modules[i].string())});
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

}  // namespace mincs::breeder
