// Only a static program of the guest's machine can be its first.
#include "tools/ermine-breeder/guest_programs.hh"

#include <elf.h>
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"

namespace mincs::breeder {
namespace {

using test::error_of;
using testing::HasSubstr;

/// A program with one segment of this type.
std::string program(unsigned machine, unsigned segment) {
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_machine = static_cast<Elf64_Half>(machine);
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    Elf64_Phdr part = {};
    part.p_type = segment;
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
           std::string(reinterpret_cast<const char*>(&part), sizeof part);
}

std::string complaint(const std::string& file, const std::string& arch) {
    return error_of([&] { check_static_program(file, arch, "x"); });
}

TEST(GuestPrograms, AStaticOneOfItsMachineIsFine) {
    EXPECT_EQ(complaint(program(EM_X86_64, PT_LOAD), "x86_64"), "no error");
    EXPECT_EQ(complaint(program(EM_AARCH64, PT_LOAD), "arm64"), "no error");
}

TEST(GuestPrograms, OneForAnotherMachineIsRefused) {
    EXPECT_THAT(complaint(program(EM_AARCH64, PT_LOAD), "x86_64"), HasSubstr("another machine"));
    EXPECT_THAT(complaint(program(EM_X86_64, PT_LOAD), "arm64"), HasSubstr("another machine"));
}

TEST(GuestPrograms, OneThatNeedsALoaderIsRefused) {
    EXPECT_THAT(complaint(program(EM_X86_64, PT_INTERP), "x86_64"), HasSubstr("not static"));
}

TEST(GuestPrograms, WhatIsNoProgramIsRefused) {
    EXPECT_THAT(complaint("#!/bin/sh\n", "x86_64"), HasSubstr("no 64-bit program"));
    std::string cut = program(EM_X86_64, PT_LOAD);
    cut.resize(cut.size() - 1);
    EXPECT_THAT(complaint(cut, "x86_64"), HasSubstr("cut off"));
}

TEST(GuestPrograms, TheDigestChangesWithEither) {
    const TempDir scratch;
    const auto init = scratch.path() / "init";
    const auto with = [&](const std::string& content, const std::string& version) {
        std::ofstream(init) << content;
        return programs_recipe(init, {"busybox-static", version, 0, ""});
    };
    const std::string first = with("a", "1");
    EXPECT_EQ(with("a", "1"), first);
    EXPECT_NE(with("b", "1"), first);
    EXPECT_NE(with("a", "2"), first);
}

}  // namespace
}  // namespace mincs::breeder
