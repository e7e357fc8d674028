// What is in a guest's first root, in which order, and that its bytes tell nothing of when and by
// whom it was made.
#include "tools/ermine-breeder/initramfs.hh"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include <fstream>

#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"

namespace mincs::breeder {
namespace {

/// "MODE PATH [MAJOR,MINOR] [CONTENT]" a line each, as another reader sees the archive.
std::string listing(const std::filesystem::path& file) {
    archive* reader = archive_read_new();
    archive_read_support_format_cpio(reader);
    EXPECT_EQ(archive_read_open_filename(reader, file.c_str(), 512), ARCHIVE_OK);
    std::string text;
    archive_entry* entry;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
        text += fmt::format("{:06o} {}", archive_entry_mode(entry), archive_entry_pathname(entry));
        if (archive_entry_filetype(entry) == AE_IFCHR)
            text += fmt::format(" {},{}", archive_entry_rdevmajor(entry),
                                archive_entry_rdevminor(entry));
        if (archive_entry_size(entry) > 0) {
            std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
            archive_read_data(reader, content.data(), content.size());
            text += " " + content;
        }
        EXPECT_EQ(archive_entry_mtime(entry), 0) << archive_entry_pathname(entry);
        EXPECT_EQ(archive_entry_uid(entry) + archive_entry_gid(entry), 0);
        text += "\n";
    }
    archive_read_free(reader);
    return text;
}

class InitramfsTest : public testing::Test {
 protected:
    std::filesystem::path file(const std::string& name, const std::string& content) {
        std::ofstream(scratch_.path() / name) << content;
        return scratch_.path() / name;
    }
    std::filesystem::path written(const std::string& name) {
        write_initramfs(scratch_.path() / name,
                        guest_entries(file("guest", "INIT"), file("box", "BOX"),
                                      module_entries({file("virtio_ring.ko",
                                                           "\x7f"
                                                           "ELF1"),
                                                      file("virtio-rng.ko",
                                                           "\x7f"
                                                           "ELF2")})));
        return scratch_.path() / name;
    }
    TempDir scratch_;
};

TEST_F(InitramfsTest, ItHasWhatAGuestNeeds) {
    EXPECT_EQ(listing(written("a")),
              "040755 bin\n"
              "040755 dev\n"
              "040755 modules\n"
              "040755 proc\n"
              "040755 run\n"
              "040755 share\n"
              "040755 sys\n"
              "020600 dev/console 5,1\n"
              "020666 dev/null 1,3\n"
              "100755 init INIT\n"
              "100755 bin/busybox BOX\n"
              "100644 modules/00-virtio_ring.ko \x7f"
              "ELF1\n"
              "100644 modules/01-virtio-rng.ko \x7f"
              "ELF2\n");
}

TEST_F(InitramfsTest, TheSameListGivesTheSameBytes) {
    const std::string first = read_file(written("a"));
    EXPECT_EQ(read_file(written("b")), first);
    EXPECT_TRUE(first.starts_with("070701"));  // newc, which is all that the kernel knows
}

TEST_F(InitramfsTest, ItsModulesAreFoundInItAgain) {
    const auto again = scratch_.path() / "again";
    write_initramfs(
        again, guest_entries(file("guest", "INIT2"), file("box", "BOX"), modules_in(written("a"))));
    const std::string before = listing(scratch_.path() / "a"), after = listing(again);
    EXPECT_EQ(after, before.substr(0, before.find("INIT")) + "INIT2" +
                         before.substr(before.find("INIT") + 4));
}

TEST_F(InitramfsTest, OneThatIsCutOffIsAnError) {
    const std::string whole = read_file(written("a"));
    const auto cut = file("cut", whole.substr(0, whole.size() - 700));
    EXPECT_THAT(test::error_of([&] { modules_in(cut); }), testing::HasSubstr("reading '"));
}

TEST_F(InitramfsTest, ACompressedModuleBecomesPlain) {
    const auto packed = scratch_.path() / "9p.ko.gz";
    archive* writer = archive_write_new();
    archive_write_add_filter_gzip(writer);
    archive_write_set_format_raw(writer);
    archive_write_open_filename(writer, packed.c_str());
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer,
                       "\x7f"
                       "ELF9",
                       5);
    archive_entry_free(entry);
    archive_write_free(writer);
    const auto entries = module_entries({packed});
    EXPECT_EQ(entries.back().path, "modules/00-9p.ko");
    EXPECT_EQ(entries.back().content,
              "\x7f"
              "ELF9");
}

}  // namespace
}  // namespace mincs::breeder
