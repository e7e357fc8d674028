// The kernel proper is found in what distributions ship, however it is compressed; a file that is
// none is an error.
#include "tools/ermine-breeder/kernel_payload.hh"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include "tests/support/error_of.hh"
#include "tools/ermine-breeder/unpacked.hh"

namespace mincs::breeder {
namespace {

using test::error_of;
using testing::HasSubstr;

std::string packed(const std::string& data, int (*add_filter)(archive*)) {
    std::string out(data.size() * 2 + 4096, '\0');
    std::size_t used = 0;
    archive* writer = archive_write_new();
    EXPECT_EQ(add_filter(writer), ARCHIVE_OK);
    archive_write_set_format_raw(writer);
    archive_write_set_bytes_per_block(writer, 0);
    archive_write_open_memory(writer, out.data(), out.size(), &used);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, data.data(), data.size());
    archive_entry_free(entry);
    archive_write_close(writer);
    archive_write_free(writer);
    out.resize(used);
    return out;
}

void put(std::string& file, std::size_t at, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i, value >>= 8)
        file[at + static_cast<std::size_t>(i)] = static_cast<char>(value & 0xff);
}

/// As the kernel's arch/x86/boot makes one: boot sectors with a header, code, the payload, code.
std::string bzimage(const std::string& payload, int setup_sectors = 3) {
    constexpr std::size_t kCode = 100;
    std::string file(static_cast<std::size_t>(setup_sectors == 0 ? 5 : setup_sectors + 1) * 512,
                     '\0');
    put(file, 0x1f1, static_cast<std::uint64_t>(setup_sectors), 1);
    file.replace(0x202, 4, "HdrS");
    put(file, 0x206, 0x020f, 2);
    put(file, 0x248, kCode, 4);
    put(file, 0x24c, payload.size(), 4);
    return file + std::string(kCode, 'c') + payload + std::string(kCode, 'c');
}

const std::string kElf =
    "\x7f"
    "ELF" +
    std::string(100000, 'k');
const std::string kSize(4, '\1');  // stands behind the payload

std::string found(const std::string& file, const std::string& arch = "x86_64") {
    return kernel_in(file, arch, "vmlinuz");
}
std::string complaint(const std::string& file, const std::string& arch = "x86_64") {
    return error_of([&] { found(file, arch); });
}

TEST(KernelPayload, EachCompressionIsUnderstood) {
    EXPECT_EQ(found(bzimage(packed(kElf, archive_write_add_filter_gzip))), kElf);
    for (auto* filter : {archive_write_add_filter_xz, archive_write_add_filter_zstd,
                         archive_write_add_filter_lz4, archive_write_add_filter_bzip2})
        EXPECT_EQ(found(bzimage(packed(kElf, filter) + kSize)), kElf);
    EXPECT_EQ(found(bzimage(kElf + kSize)), kElf);
}

TEST(KernelPayload, NoNumberOfSetupSectorsMeansFour) {
    EXPECT_EQ(found(bzimage(packed(kElf, archive_write_add_filter_xz) + kSize, 0)), kElf);
}

TEST(KernelPayload, WhatIsNoKernelIsAnError) {
    EXPECT_EQ(complaint(""), "'vmlinuz' is no bzImage");
    EXPECT_EQ(complaint(std::string(5000, '\0')), "'vmlinuz' is no bzImage");
    std::string old = bzimage(kElf + kSize);
    put(old, 0x206, 0x0207, 2);
    EXPECT_EQ(complaint(old), "'vmlinuz' is no bzImage");
    EXPECT_THAT(complaint(bzimage("rubbish" + kSize)), HasSubstr("in no way that is known"));
    EXPECT_THAT(complaint(bzimage(packed("text", archive_write_add_filter_xz) + kSize)),
                HasSubstr("no ELF file inside"));
}

TEST(KernelPayload, ACutOrLyingFileIsAnError) {
    std::string file = bzimage(packed(kElf, archive_write_add_filter_xz) + kSize);
    EXPECT_THAT(complaint(file.substr(0, file.size() - 101)), HasSubstr("is cut off"));
    put(file, 0x24c, 0xffffffff, 4);
    EXPECT_THAT(complaint(file), HasSubstr("is cut off"));
    put(file, 0x248, 0xffffffff, 4);
    EXPECT_THAT(complaint(file), HasSubstr("is cut off"));
    std::string damaged = packed(kElf, archive_write_add_filter_xz);
    damaged.resize(damaged.size() / 2);
    EXPECT_THAT(complaint(bzimage(damaged + kSize)), HasSubstr("unpacking 'vmlinuz'"));
}

TEST(KernelPayload, AnArmImageIsFoundPlainPackedAndInAnEfiProgram) {
    std::string image(100000, 'i');
    image.replace(0x38, 4, "ARM\x64");
    EXPECT_EQ(found(image, "arm64"), image);
    const std::string gzip = packed(image, archive_write_add_filter_gzip);
    EXPECT_EQ(found(gzip, "arm64"), image);
    std::string zboot(0x100, '\0');
    zboot.replace(0, 2, "MZ");
    zboot.replace(4, 4, "zimg");
    put(zboot, 8, zboot.size(), 4);
    put(zboot, 12, gzip.size(), 4);
    EXPECT_EQ(found(zboot + gzip + "more", "arm64"), image);
    EXPECT_THAT(complaint(packed(kElf, archive_write_add_filter_gzip), "arm64"),
                HasSubstr("no kernel for arm64"));
}

}  // namespace
}  // namespace mincs::breeder
