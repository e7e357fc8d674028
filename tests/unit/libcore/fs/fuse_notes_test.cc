// What fuse-overlayfs leaves becomes what overlayfs would have left.
#include "libcore/fs/fuse_notes.hh"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <filesystem>

#include "libcore/base/files.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::fs {
namespace {

namespace stdfs = std::filesystem;

class FuseNotes : public ::testing::Test {
 protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "trusted.* attributes are root's";
        stdfs::create_directories(at("a/opaque/deep"));
        write_file_atomic(at("a/opaque/.wh..wh..opq"), "");
        ASSERT_EQ(mknod(at("a/opaque/.wh..opq").c_str(), S_IFCHR | 0700, makedev(0, 0)), 0);
        set(at("a/opaque"), "user.fuseoverlayfs.opaque", "y");
        ASSERT_EQ(mknod(at("a/gone").c_str(), S_IFCHR, makedev(0, 0)), 0);
        write_file_atomic(at("a/file"), "content");
        set(at("a/file"), "user.fuseoverlayfs.origin", "a/file");
        set(at("a/file"), "user.mine", "kept");
        stdfs::create_symlink("/etc", at("a/link"));
        const timespec times[2] = {{1000, 0}, {2000, 5}};
        ASSERT_EQ(utimensat(AT_FDCWD, at("a/opaque").c_str(), times, 0), 0);
    }
    std::string at(const std::string& path) const { return (dir_.path() / path).native(); }
    static void set(const std::string& path, const char* name, std::string_view value) {
        ASSERT_EQ(setxattr(path.c_str(), name, value.data(), value.size(), 0), 0);
    }
    static std::string get(const std::string& path, const char* name) {
        char value[64];
        const ssize_t size = getxattr(path.c_str(), name, value, sizeof value);
        return size < 0 ? "none" : std::string(value, static_cast<std::size_t>(size));
    }

    TempDir dir_;
};

TEST_F(FuseNotes, become_overlayfs_own) {
    for (int i = 0; i < 2; ++i) {  // and again
        settle_fuse_notes(dir_.path());
        EXPECT_EQ(get(at("a/opaque"), opaque_attribute()), "y");
        EXPECT_EQ(get(at("a/opaque"), "user.fuseoverlayfs.opaque"), "none");
        EXPECT_EQ(get(at("a"), opaque_attribute()), "none");
        EXPECT_FALSE(stdfs::exists(at("a/opaque/.wh..wh..opq")));
        EXPECT_FALSE(stdfs::exists(at("a/opaque/.wh..opq")));
        EXPECT_TRUE(stdfs::exists(at("a/opaque/deep")));
        struct stat status;
        ASSERT_EQ(stat(at("a/opaque").c_str(), &status), 0);
        EXPECT_EQ(status.st_mtim.tv_sec, 2000);
        EXPECT_EQ(status.st_mtim.tv_nsec, 5);
    }
}

TEST_F(FuseNotes, leave_all_else) {
    settle_fuse_notes(dir_.path());
    struct stat status;
    ASSERT_EQ(lstat(at("a/gone").c_str(), &status), 0);
    EXPECT_TRUE(S_ISCHR(status.st_mode));
    EXPECT_EQ(read_file(at("a/file")), "content");
    EXPECT_EQ(get(at("a/file"), "user.mine"), "kept");
    EXPECT_EQ(get(at("a/file"), "user.fuseoverlayfs.origin"), "none");
    EXPECT_TRUE(stdfs::is_symlink(at("a/link")));
}

/// The file may be all that there is, where attributes were refused, or what a kill left.
TEST_F(FuseNotes, any_one_of_them_says_opaque) {
    stdfs::create_directories(at("by_file"));
    write_file_atomic(at("by_file/.wh..wh..opq"), "");
    stdfs::create_directories(at("by_attribute"));
    set(at("by_attribute"), "user.fuseoverlayfs.opaque", "y");
    settle_fuse_notes(dir_.path());
    EXPECT_EQ(get(at("by_file"), opaque_attribute()), "y");
    EXPECT_EQ(get(at("by_attribute"), opaque_attribute()), "y");
}

TEST_F(FuseNotes, whiteouts_are_tried) {
    EXPECT_TRUE(takes_whiteouts(dir_.path()));
    EXPECT_FALSE(takes_whiteouts("/proc"));
    EXPECT_EQ(std::distance(stdfs::directory_iterator(dir_.path()), {}), 1);
}

}  // namespace
}  // namespace mincs::fs
