// OutputFile: whole or not at all.
#include "libimage/output_file.hh"

#include <sys/stat.h>

#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

std::size_t entries(const std::filesystem::path& directory) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory),
                                                  std::filesystem::directory_iterator()));
}

TEST(OutputFile, AppearsWithCommit) {
    const TempDir directory;
    const auto path = directory.path() / "out.tar";
    {
        OutputFile file(path.native());
        file.write("content");
        EXPECT_FALSE(std::filesystem::exists(path));
        file.commit();
    }
    EXPECT_EQ(read_file(path), "content");
    EXPECT_EQ(entries(directory.path()), 1u);
    const mode_t mask = umask(0);
    umask(mask);
    struct stat info;
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0666 & ~mask);
}

TEST(OutputFile, WithoutCommitThePlaceIsAsItWas) {
    const TempDir directory;
    const auto path = directory.path() / "out.tar";
    write_file_atomic(path, "before");
    { OutputFile(path.native()).write("half"); }
    EXPECT_EQ(read_file(path), "before");
    EXPECT_EQ(entries(directory.path()), 1u);
    {
        OutputFile file(path.native());
        file.write("after");
        file.commit();
    }
    EXPECT_EQ(read_file(path), "after");
    EXPECT_EQ(entries(directory.path()), 1u);
}

TEST(OutputFile, TheTargetOfALinkIsReplaced) {
    const TempDir directory;
    write_file_atomic(directory.path() / "real", "before");
    std::filesystem::create_symlink("real", directory.path() / "link");
    OutputFile file((directory.path() / "link").native());
    file.write("after");
    file.commit();
    EXPECT_TRUE(std::filesystem::is_symlink(directory.path() / "link"));
    EXPECT_EQ(read_file(directory.path() / "real"), "after");
}

TEST(OutputFile, WhatIsNoRegularFileIsWrittenInPlace) {
    OutputFile file("/dev/null");
    file.write("x");
    file.commit();
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(OutputFile, AnErrorNamesThePlace) {
    EXPECT_THAT(error_of([] { OutputFile("/nonexistent/out.tar"); }),
                HasSubstr("creating '/nonexistent/out.tar'"));
}

}  // namespace
}  // namespace mincs::image
