// RootDir against trees that try to lead out of themselves. No root needed.
#include "libcore/fs/root_dir.hh"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace mincs::fs {
namespace {

/// TMP/outside is the canary; TMP/tree the untrusted tree.
class RootDirTest : public testing::Test {
 protected:
    RootDirTest() {
        mkdir(at("tree").c_str(), 0755);
        mkdir(at("tree/etc").c_str(), 0755);
        write_file_atomic(at("outside"), "canary");
        write_file_atomic(at("tree/etc/passwd"), "root:x:0:0\n");
        root_ = RootDir::open(at("tree"));
    }

    std::string at(const std::string& path) const { return temp_.path() / path; }
    void link(const std::string& target, const std::string& path) const {
        ASSERT_EQ(symlink(target.c_str(), at("tree/" + path).c_str()), 0);
    }
    std::string content(std::string_view path) const {
        return read_all(root_.open_at(path, O_RDONLY).get(), 1000, "test");
    }
    int error_of_opening(std::string_view path, int flags) const {
        try {
            root_.open_at(path, flags);
        } catch (const SysError& error) {
            return error.code();
        }
        return 0;
    }

    TempDir temp_;
    RootDir root_{Fd(), ""};
};

TEST_F(RootDirTest, LeadingSlashMeansTheTreesRoot) {
    EXPECT_EQ(content("/etc/passwd"), "root:x:0:0\n");
    EXPECT_EQ(content("etc/passwd"), "root:x:0:0\n");
}

TEST_F(RootDirTest, DotDotStopsAtTheRoot) {
    EXPECT_EQ(error_of_opening("../outside", O_RDONLY), ENOENT);
    EXPECT_EQ(content("../../etc/../etc/passwd"), "root:x:0:0\n");
}

TEST_F(RootDirTest, AbsoluteAndClimbingLinksStayInside) {
    link("/etc/passwd", "absolute");
    link("../../../../etc/passwd", "climbing");
    link(at("outside"), "out");
    EXPECT_EQ(content("absolute"), "root:x:0:0\n");
    EXPECT_EQ(content("climbing"), "root:x:0:0\n");
    EXPECT_EQ(error_of_opening("out", O_RDONLY), ENOENT);
}

TEST_F(RootDirTest, CreatingThroughALinkStaysInside) {
    link("/", "up");
    const Fd made = root_.open_at("up/../new", O_WRONLY | O_CREAT | O_EXCL, 0600);
    struct stat status;
    EXPECT_EQ(stat(at("tree/new").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(RootDirTest, MagicLinksAreRefused) {
    const RootDir proc = RootDir::open("/proc");
    EXPECT_THROW(proc.open_at("self/cwd", O_PATH | O_DIRECTORY), SysError);
}

TEST_F(RootDirTest, NoFollowOpensTheLinkItself) {
    link("/etc", "link");
    EXPECT_EQ(error_of_opening("link", O_RDONLY | O_NOFOLLOW), ELOOP);
}

TEST_F(RootDirTest, OpenNoLinksRefusesLinksOnTheWay) {
    link("etc", "link");
    EXPECT_NO_THROW(root_.open_no_links("etc/passwd", O_RDONLY));
    try {
        root_.open_no_links("link/passwd", O_RDONLY);
        FAIL() << "went through a link";
    } catch (const SysError& error) {
        EXPECT_EQ(error.code(), ELOOP);
        EXPECT_NE(std::string(error.what()).find("link/passwd"), std::string::npos);
    }
}

TEST_F(RootDirTest, AbsenceIsNothingAndOtherErrorsAreThrown) {
    EXPECT_FALSE(root_.open_if_exists("no/such", O_RDONLY));
    EXPECT_FALSE(root_.open_if_exists("etc/passwd/below", O_RDONLY));
    EXPECT_TRUE(root_.open_if_exists("etc/passwd", O_RDONLY));
    link("loop", "loop");
    EXPECT_THROW(root_.open_if_exists("loop", O_RDONLY), SysError);
}

TEST_F(RootDirTest, NulInAPathIsRefused) {
    EXPECT_THROW(root_.open_at(std::string_view("etc\0x", 5), O_PATH), Error);
    EXPECT_THROW(root_.open_parent(std::string_view("a\0b", 3)), Error);
}

TEST_F(RootDirTest, ErrorsNameThePathPrintably) {
    try {
        root_.open_at("a\nb\x1b[31m", O_RDONLY);
        FAIL();
    } catch (const SysError& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
    }
}

TEST_F(RootDirTest, MakeDirectoriesFollowsLinksInside) {
    link("/etc", "conf");
    root_.make_directories("conf/a/b");
    struct stat status;
    ASSERT_EQ(stat(at("tree/etc/a/b").c_str(), &status), 0);
    EXPECT_TRUE(S_ISDIR(status.st_mode));
    EXPECT_NO_THROW(root_.make_directories("conf/a/b"));
    EXPECT_NO_THROW(root_.make_directories(""));
    EXPECT_THROW(root_.make_directories("etc/passwd/x"), SysError);
}

TEST_F(RootDirTest, MakeDirectoriesDoesNotLeaveByADanglingLink) {
    link(at("made-outside"), "out");
    EXPECT_THROW(root_.make_directories("out/x"), SysError);
    EXPECT_NE(access(at("made-outside").c_str(), F_OK), 0);
}

TEST_F(RootDirTest, OpenParentSplitsThePath) {
    const RootDir::Parent parent = root_.open_parent("/etc/shadow/");
    EXPECT_EQ(parent.leaf, "shadow");
    EXPECT_EQ(faccessat(parent.directory.get(), "passwd", F_OK, 0), 0);
    EXPECT_EQ(root_.open_parent("etc").leaf, "etc");
    for (const char* bad : {"", "/", ".", "..", "etc/..", "etc/."})
        EXPECT_THROW(root_.open_parent(bad), Error) << bad;
}

TEST_F(RootDirTest, SubtreeCannotBeLeft) {
    link("/passwd", "etc/own");
    const RootDir etc = root_.subtree("etc");
    EXPECT_TRUE(etc.open_if_exists("../../passwd", O_RDONLY));
    EXPECT_TRUE(etc.open_if_exists("own", O_RDONLY));
    EXPECT_FALSE(etc.open_if_exists("../etc/passwd", O_RDONLY));
}

TEST_F(RootDirTest, ReadingAFifoIsRefusedAndDoesNotHang) {
    ASSERT_EQ(mkfifo(at("tree/fifo").c_str(), 0600), 0);
    EXPECT_THROW(root_.read_file_if_exists("fifo"), Error);
    EXPECT_THROW(root_.read_file_if_exists("etc"), Error);
    EXPECT_EQ(root_.read_file_if_exists("etc/passwd"), "root:x:0:0\n");
    EXPECT_EQ(root_.read_file_if_exists("etc/none"), std::nullopt);
    EXPECT_THROW(root_.read_file_if_exists("etc/passwd", 5), Error);
}

TEST_F(RootDirTest, StatFollowsLinksInside) {
    link("/etc/passwd", "link");
    const auto status = root_.stat_if_exists("link");
    ASSERT_TRUE(status);
    EXPECT_TRUE(S_ISREG(status->st_mode));
    EXPECT_EQ(status->st_size, 11);
    EXPECT_FALSE(root_.stat_if_exists("nothing"));
}

}  // namespace
}  // namespace mincs::fs
