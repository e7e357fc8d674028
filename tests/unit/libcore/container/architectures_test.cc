// Which machine a program is for, by its names and by its first bytes.
#include "libcore/container/architectures.hh"

#include <gtest/gtest.h>

#include <filesystem>

#include "libcore/base/files.hh"
#include "libcore/container/binary_formats.hh"
#include "tests/support/error_of.hh"

namespace mincs::container {
namespace {

using test::error_of;

TEST(ArchitecturesTest, AllNamesOfOneMeanIt) {
    const auto expect = [](const char* name, std::initializer_list<const char*> others) {
        for (const char* other : others) {
            const Architecture* found = find_architecture(other);
            ASSERT_NE(found, nullptr) << other;
            EXPECT_EQ(found->name, name) << other;
        }
    };
    expect("amd64", {"amd64", "x86_64", "X86-64"});
    expect("386", {"386", "i386", "i686"});
    expect("arm64", {"arm64", "aarch64", "AArch64"});
    expect("arm", {"arm", "armhf", "armel", "armv7l"});
    expect("ppc64le", {"ppc64le", "ppc64el"});
    expect("riscv64", {"riscv64"});
    expect("s390x", {"s390x"});
    expect("mips64le", {"mips64le", "mips64el"});
    EXPECT_EQ(find_architecture("vax"), nullptr);
    EXPECT_EQ(find_architecture(""), nullptr);
    EXPECT_EQ(error_of([] { get_architecture("vax"); }), "'vax' is no architecture");
}

TEST(ArchitecturesTest, NoTwoHaveTheSamePrograms) {
    for (const Architecture& one : all_architectures())
        EXPECT_EQ(architecture_of_program(signature_of(one).magic), &one) << one.name;
}

TEST(ArchitecturesTest, SharedObjectsAndWhatCompilersSetCountToo) {
    std::string head = signature_of(get_architecture("arm64")).magic;
    head[7] = 3;   // EI_OSABI: GNU
    head[16] = 3;  // ET_DYN
    EXPECT_EQ(architecture_of_program(head), find_architecture("arm64"));
    head[16] = 1;  // ET_REL is no program
    EXPECT_EQ(architecture_of_program(head), nullptr);
    EXPECT_EQ(architecture_of_program("#!/bin/sh\nexit 0\n   "), nullptr);
    EXPECT_EQ(architecture_of_program("\x7f"
                                      "ELF"),
              nullptr);
}

TEST(ArchitecturesTest, ThisProgramIsItsOwn) {
    const std::string self = read_file("/proc/self/exe", std::size_t{1} << 31);
    EXPECT_EQ(architecture_of_program(self.substr(0, kSignatureSize)), &own_architecture());
}

/// "\x7fE" as bytes.
std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) != "\\x") {
            bytes += text[i];
            continue;
        }
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
        i += 3;
    }
    return bytes;
}

TEST(ArchitecturesTest, QemusOwnListAgrees) {
    int seen = 0;
    for (const Architecture& known : all_architectures()) {
        const auto path = fmt::format("/usr/lib/binfmt.d/qemu-{}.conf", known.qemu);
        const auto line = read_file_if_exists(path);
        if (!line) continue;
        ++seen;
        // :NAME:M::MAGIC:MASK:INTERPRETER:FLAGS
        const std::size_t begin = line->find(":M::") + 4, end = line->find(':', begin);
        const std::string magic = unescaped(line->substr(begin, end - begin));
        EXPECT_EQ(architecture_of_program(magic.substr(0, kSignatureSize)), &known) << path;
        const std::size_t mask_end = line->find(':', end + 1);
        const std::string mask = unescaped(line->substr(end + 1, mask_end - end - 1));
        const Signature ours = signature_of(known);
        for (std::size_t i = 0; i < kSignatureSize; ++i)
            EXPECT_EQ((magic[i] ^ ours.magic[i]) & mask[i], 0) << path << ", byte " << i;
    }
    if (seen == 0) GTEST_SKIP() << "qemu-user-static is not installed";
}

TEST(BinaryFormatsTest, WhatTheKernelIsTold) {
    EXPECT_EQ(registration({"arm64", "/usr/bin/qemu-aarch64-static"}, "qemu-aarch64"),
              ":qemu-aarch64:M::"
              "\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
              "\\x02\\x00\\xb7\\x00:"
              "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
              "\\xfe\\xff\\xff\\xff:/usr/bin/qemu-aarch64-static:OPF");
}

TEST(BinaryFormatsTest, AnEntryOfSomebodyElseCountsWhereItNeedsNothingOfTheRoot) {
    const std::string entry =
        "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: POF\noffset 0\n"
        "magic 7f454c460201010000000000000000000200b700\n"
        "mask ffffffffffffff00fffffffffffffffffeffffff\n";
    EXPECT_TRUE(serves_any_root(entry, get_architecture("arm64")));
    EXPECT_FALSE(serves_any_root(entry, get_architecture("arm")));
    const auto with = [&](std::string_view old, std::string_view now) {
        std::string other = entry;
        other.replace(other.find(old), old.size(), now);
        return serves_any_root(other, get_architecture("arm64"));
    };
    EXPECT_FALSE(with("POF", "PO"));
    EXPECT_FALSE(with("enabled", "disabled"));
    EXPECT_FALSE(with("offset 0", "offset 4"));
    EXPECT_FALSE(serves_any_root("enabled\n", get_architecture("arm64")));
}

}  // namespace
}  // namespace mincs::container
