#include "libcore/base/disk_usage.hh"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <charconv>

#include "libcore/base/files.hh"
#include "libcore/base/process.hh"

namespace mincs {
namespace {

class DiskUsageTest : public testing::Test {
 protected:
    /// What du(1) says.
    std::int64_t du() const {
        const auto result = run_command({"du", "-s", "-B1", directory_.path().native()}, "",
                                        std::chrono::seconds(20));
        EXPECT_EQ(result.status, 0) << result.errors;
        std::int64_t bytes = 0;
        std::from_chars(result.output.data(), result.output.data() + result.output.size(), bytes);
        return bytes;
    }
    std::filesystem::path path(const char* name) const { return directory_.path() / name; }
    TempDir directory_;
};

TEST_F(DiskUsageTest, IsWhatDuCounts) {
    make_directories(path("a/b/c"));
    write_file_atomic(path("a/file"), std::string(100'000, 'x'));
    write_file_atomic(path("a/b/small"), "x");
    std::filesystem::create_symlink(std::string(300, 'l'), path("a/link"));
    std::filesystem::create_symlink("/usr", path("a/outside"));
    const Fd sparse(open(path("sparse").c_str(), O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(ftruncate(sparse.get(), 1 << 30), 0);
    write_all(sparse.get(), std::string(5000, 'x'), "sparse");
    EXPECT_EQ(disk_usage(directory_.path()), du());
}

TEST_F(DiskUsageTest, FileWithSeveralNamesCountsOnce) {
    write_file_atomic(path("one"), std::string(100'000, 'x'));
    const std::int64_t alone = disk_usage(directory_.path());
    make_directories(path("d"));
    const std::int64_t with_directory = disk_usage(directory_.path());
    EXPECT_GE(with_directory, alone);
    std::filesystem::create_hard_link(path("one"), path("d/two"));
    EXPECT_EQ(disk_usage(directory_.path()), with_directory);
    EXPECT_EQ(disk_usage(directory_.path()), du());
}

TEST_F(DiskUsageTest, AnyDepthTakesFewDescriptors) {
    Fd at(open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY));
    for (int i = 0; i < 1500; ++i) {
        ASSERT_EQ(mkdirat(at.get(), "deep", 0700), 0);
        ASSERT_EQ(mkdirat(at.get(), "beside", 0700), 0);
        at.reset(openat(at.get(), "deep", O_RDONLY | O_DIRECTORY));
    }
    at.reset();
    rlimit before;
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit few = {100, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    EXPECT_EQ(disk_usage(directory_.path()), du());
    setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(DiskUsageTest, OneFileAndNothing) {
    write_file_atomic(path("file"), std::string(10'000, 'x'));
    struct stat status;
    ASSERT_EQ(stat(path("file").c_str(), &status), 0);
    EXPECT_EQ(disk_usage(path("file")), status.st_blocks * 512);
    EXPECT_EQ(disk_usage(path("missing")), 0);
}

}  // namespace
}  // namespace mincs
