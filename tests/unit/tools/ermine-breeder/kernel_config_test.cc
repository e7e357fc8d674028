// Our kernels' configurations, what of them a kernel took, and the one number that is edited.
#include "tools/ermine-breeder/kernel_config.hh"

#include <gmock/gmock.h>

#include <set>
#include <sstream>

#include "tests/support/error_of.hh"
#include "tools/ermine-breeder/kernel_source.hh"

namespace mincs::breeder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(KernelConfig, OnlyTheOptionsCountAndTheirOrderDoesNot) {
    EXPECT_EQ(effective("# words\nCONFIG_B=y\n\nCONFIG_A=n\n"), "CONFIG_A=n\nCONFIG_B=y\n");
}

TEST(KernelConfig, WhatTheKernelTookBackIsFound) {
    const std::string fragment = "CONFIG_A=y\nCONFIG_B=\"x\"\nCONFIG_C=n\nCONFIG_D=n\n";
    EXPECT_THAT(lines_not_taken(fragment, "CONFIG_A=y\nCONFIG_B=\"x\"\n# CONFIG_C is not set\n"),
                IsEmpty());
    EXPECT_THAT(
        lines_not_taken(fragment,
                        "CONFIG_AB=y\nCONFIG_B=\"xy\"\nCONFIG_C=y\nCONFIG_C2=y\nCONFIG_D2=y\n"),
        ElementsAre("CONFIG_A=y", "CONFIG_B=\"x\"", "CONFIG_C=n"));
    EXPECT_THAT(lines_not_taken("CONFIG_A=y\n", "# CONFIG_A=y\n"), ElementsAre("CONFIG_A=y"));
}

TEST(KernelConfig, OursNameEachOptionOnce) {
    for (const char* arch : {"x86_64", "um"}) {
        std::istringstream lines(fragment_for(arch));
        std::set<std::string> names;
        for (std::string line; std::getline(lines, line);) {
            if (line.empty() || line.starts_with('#')) continue;
            EXPECT_TRUE(line.starts_with("CONFIG_") && line.find('=') != line.npos) << line;
            EXPECT_TRUE(names.insert(line.substr(0, line.find('='))).second) << line;
        }
        EXPECT_GT(names.size(), 50u);
    }
    EXPECT_THAT(effective(fragment_for("x86_64")), HasSubstr("CONFIG_PVH=y\n"));
    EXPECT_THAT(effective(fragment_for("um")), HasSubstr("CONFIG_HOSTFS=y\n"));
    EXPECT_THAT(test::error_of([] { fragment_for("arm64"); }), HasSubstr("no kernel of our own"));
}

TEST(KernelSource, TheNumberOfRegisterBytesIsEdited) {
    EXPECT_EQ(with_register_bytes("#ifdef X\n\tDEFINE_LONGS(HOST_FP_SIZE, sizeof(struct s));\n"
                                  "\tDEFINE_LONGS(HOST_FP_SIZE, 2696);\nrest\n"),
              "#ifdef X\n\tDEFINE_LONGS(HOST_FP_SIZE, sizeof(struct s));\n"
              "\tDEFINE_LONGS(HOST_FP_SIZE, 11008);\nrest\n");
}

TEST(KernelSource, AFileThatHasNoSuchNumberStaysAsItIs) {
    for (const char* text : {"", "DEFINE(X, 1);\n", "DEFINE_LONGS(HOST_FP_SIZE, sizeof(a));",
                             "DEFINE_LONGS(HOST_FP_SIZE, );", "DEFINE_LONGS(HOST_FP_SIZE, 2696"})
        EXPECT_EQ(with_register_bytes(text), text);
}

}  // namespace
}  // namespace mincs::breeder
