// A kernel's way from its source, with makefiles in place of the kernel's: what is configured, what
// is edited, and what a failure leaves behind.
#include "tools/ermine-breeder/kernel_source.hh"

#include <gmock/gmock.h>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/files.hh"

namespace mincs::breeder {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class KernelSourceTest : public testing::Test {
 protected:
    KernelBuild with_makefile(const std::string& text) {
        replace_file(scratch_.path() / "Makefile", text);
        return {scratch_.path(), "um", "CONFIG_A=y\n", 1, scratch_.path() / "log"};
    }
    TempDir scratch_;
    Progress progress_{Progress::Style::kQuiet};
};

TEST_F(KernelSourceTest, TheFragmentComesAfterTinyconfig) {
    const auto registers = scratch_.path() / "arch/x86/um/user-offsets.c";
    make_directories(registers.parent_path());
    replace_file(registers, "DEFINE_LONGS(HOST_FP_SIZE, 2696);\n");
    configure(with_makefile("tinyconfig:\n\techo CONFIG_B=$(ARCH) >.config\nolddefconfig:\n"));
    EXPECT_EQ(read_file(scratch_.path() / ".config"), "CONFIG_B=um\nCONFIG_A=y\n");
    EXPECT_EQ(read_file(registers), "DEFINE_LONGS(HOST_FP_SIZE, 11008);\n");
}

TEST_F(KernelSourceTest, ALineThatTheKernelTakesBackIsAnError) {
    try {
        configure(
            with_makefile("tinyconfig:\n\ttouch .config\n"
                          "olddefconfig:\n\techo '# CONFIG_A is not set' >.config\n"));
        FAIL();
    } catch (const DetailedError& error) {
        EXPECT_THAT(error.what(), HasSubstr("take back"));
        EXPECT_THAT(error.details(), ElementsAre("CONFIG_A=y"));
    }
}

TEST_F(KernelSourceTest, ACompilersLastWordsAreShownAndMoreIsKept) {
    const auto build = with_makefile("linux:\n\t@seq 100000\n\t@echo x.c:1: no; exit 1\n");
    try {
        compile(build, progress_);
        FAIL();
    } catch (const DetailedError& error) {
        EXPECT_THAT(error.what(), HasSubstr("compiling the kernel: 'make' failed with status 2"));
        EXPECT_THAT(error.details(), Contains("x.c:1: no"));
        EXPECT_THAT(error.hint(), HasSubstr(build.log.string()));
    }
    const std::string log = read_file(build.log);
    EXPECT_THAT(log, HasSubstr("\n99999\n100000\nx.c:1: no\n"));
    EXPECT_LE(log.size(), 256u << 10);
    EXPECT_GT(log.size(), 128u << 10);
}

TEST_F(KernelSourceTest, WhatIsCompiledLeavesNoLog) {
    const auto build = with_makefile("linux:\n\t@echo fine\n");
    compile(build, progress_);
    EXPECT_FALSE(std::filesystem::exists(build.log));
}

TEST_F(KernelSourceTest, APackageWithoutSourceIsAnError) {
    make_directories(scratch_.path() / "usr/src");
    EXPECT_THROW(unpack_source(scratch_.path(), scratch_.path() / "tree", progress_), Error);
}

}  // namespace
}  // namespace mincs::breeder
