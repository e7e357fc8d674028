// Files by trusted path: bounds, one-step writes, locks, and a remove_tree that never leaves its
// tree.
#include "libcore/base/files.hh"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "libcore/base/process.hh"

namespace mincs {
namespace {

namespace stdfs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
    /// A path inside the test's own directory.
    stdfs::path at(std::string_view name) const { return dir_.path() / name; }
    std::string put(std::string_view name, std::string_view text) const {
        write_file_atomic(at(name), text);
        return at(name);
    }

 private:
    TempDir dir_;
};

/// Runs `body` in a mount namespace of its own, so that what it mounts is gone with it: its exit
/// status.
int in_mount_namespace(const std::function<int()>& body) {
    Child child = Child::clone(CLONE_NEWNS, [&] {
        check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making / private");
        return body();
    });
    return exit_code_of(child.wait());
}

TEST_F(FilesTest, ReadsUpToTheLimit) {
    const std::string path = put("file", "12345");
    EXPECT_EQ(read_file(path, 5), "12345");
    EXPECT_THROW(read_file(path, 4), Error);
    EXPECT_THROW(read_file(at("none")), SysError);
    EXPECT_EQ(read_file_if_exists(at("none")), std::nullopt);
    EXPECT_EQ(read_file_if_exists(path + "/below"), std::nullopt);
    EXPECT_THROW(read_file_if_exists(at("")), SysError) << "a directory is no file";
}

TEST_F(FilesTest, ReadsFilesThatClaimToBeEmpty) {
    EXPECT_NE(read_file("/proc/self/status").find("Pid:"), std::string::npos);
}

TEST_F(FilesTest, WritesInOneStep) {
    const std::string path = put("file", "old");
    write_file_atomic(path, "new", 0640);
    struct stat info;
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0640u);
    EXPECT_EQ(read_file(path), "new");
    stdfs::create_directory(at("taken"));
    EXPECT_THROW(write_file_atomic(at("taken"), "x"), SysError);
    EXPECT_EQ(std::distance(stdfs::directory_iterator(at("")), stdfs::directory_iterator()), 2)
        << "a failed write leaves no temporary file";
}

TEST_F(FilesTest, MakesDirectories) {
    make_directories(at("a/b/c"));
    make_directories(at("a/b/c"));
    make_directories(at("a/b/d/"));
    EXPECT_TRUE(stdfs::is_directory(at("a/b/c")));
    EXPECT_TRUE(stdfs::is_directory(at("a/b/d")));
    put("file", "x");
    EXPECT_THROW(make_directories(at("file")), SysError);
    EXPECT_THROW(make_directories(at("file/below")), SysError);
}

TEST_F(FilesTest, RemovesATree) {
    make_directories(at("t/a/b"));
    put("t/a/f", "x");
    put("t/a/b/g", "x");
    stdfs::permissions(at("t/a/b/g"), stdfs::perms::none);
    remove_tree(at("t"));
    EXPECT_FALSE(stdfs::exists(at("t")));
    EXPECT_NO_THROW(remove_tree(at("t"))) << "a missing path is fine";
    remove_tree(put("one-file", "x"));
    EXPECT_FALSE(stdfs::exists(at("one-file")));
}

TEST_F(FilesTest, RemoveTreeDoesNotFollowLinks) {
    make_directories(at("canary"));
    put("canary/alive", "x");
    make_directories(at("t/sub"));
    stdfs::create_directory_symlink(at("canary"), at("t/sub/link"));
    stdfs::create_directory_symlink(at("canary"), at("top-link"));
    remove_tree(at("t"));
    remove_tree(at("top-link"));
    EXPECT_FALSE(stdfs::exists(at("t")));
    EXPECT_FALSE(stdfs::is_symlink(at("top-link")));
    EXPECT_TRUE(stdfs::exists(at("canary/alive")));
}

TEST_F(FilesTest, RemoveTreeStopsAtAMountOfAnotherFileSystem) {
    if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    make_directories(at("t/mnt"));
    EXPECT_EQ(in_mount_namespace([&] {
                  check(mount("none", at("t/mnt").c_str(), "tmpfs", 0, nullptr), "mounting");
                  write_file_atomic(at("t/mnt/alive"), "x");
                  try {
                      remove_tree(at("t"));
                  } catch (const SysError& error) {
                      return error.code() == EBUSY && stdfs::exists(at("t/mnt/alive")) ? 0 : 2;
                  }
                  return 1;
              }),
              0);
}

TEST_F(FilesTest, RemoveTreeStopsAtABindMountOfTheSameFileSystem) {
    if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    make_directories(at("t/mnt"));
    make_directories(at("canary"));
    put("canary/alive", "x");
    const auto bind_and_remove = [&](const char* on, const char* what) {
        return in_mount_namespace([&] {
            check(mount(at("canary").c_str(), at(on).c_str(), "", MS_BIND, nullptr), "binding");
            try {
                remove_tree(at(what));
            } catch (const SysError& error) {
                return error.code() == EBUSY ? 0 : 2;
            }
            return 1;
        });
    };
    EXPECT_EQ(bind_and_remove("t/mnt", "t"), 0);
    EXPECT_EQ(bind_and_remove("t/mnt", "t/mnt"), 0) << "nor is the top emptied where it is a mount";
    EXPECT_TRUE(stdfs::exists(at("canary/alive")));
}

TEST_F(FilesTest, RemovesATreeDeeperThanDescriptorsAllow) {
    // 3000 levels: neither a path (PATH_MAX) nor one descriptor a level (RLIMIT_NOFILE, 1024) would
    // do.
    make_directories(at("t"));
    Fd dir(open(at("t").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < 3000; ++i) {
        check(mkdirat(dir.get(), "d", 0755), "making level {}", i);
        dir = Fd(check(openat(dir.get(), "d", O_PATH | O_DIRECTORY | O_CLOEXEC), "level {}", i));
    }
    dir.reset();
    remove_tree(at("t"));
    EXPECT_FALSE(stdfs::exists(at("t")));
}

TEST_F(FilesTest, TempDirGoesWithItsOwner) {
    stdfs::path path;
    {
        TempDir first(at(""), "prefix");
        path = first.path();
        EXPECT_EQ(path.parent_path(), at("").parent_path());
        EXPECT_TRUE(path.filename().native().starts_with("prefix."));
        struct stat info;
        ASSERT_EQ(stat(path.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 07777, 0700u);
        write_file_atomic(path / "file", "x");
        const TempDir second = std::move(first);
        EXPECT_EQ(second.path(), path);
        EXPECT_TRUE(stdfs::exists(path));
    }
    EXPECT_FALSE(stdfs::exists(path));
    EXPECT_THROW(TempDir(at("none")), SysError);
}

TEST_F(FilesTest, LocksExcludeEachOther) {
    const stdfs::path path = at("lock");
    {
        const FileLock lock = FileLock::acquire(path);
        EXPECT_FALSE(FileLock::try_acquire(path));
        EXPECT_FALSE(FileLock::try_acquire(path, FileLock::Mode::kShared));
    }
    const auto reader = FileLock::try_acquire(path, FileLock::Mode::kShared);
    EXPECT_TRUE(reader);
    EXPECT_TRUE(FileLock::try_acquire(path, FileLock::Mode::kShared));
    EXPECT_FALSE(FileLock::try_acquire(path));
}

TEST_F(FilesTest, ADeadProcessHoldsNoLock) {
    const stdfs::path path = at("lock");
    Pipe locked = Pipe::make();
    Child child = Child::clone(0, [&] {
        const FileLock lock = FileLock::acquire(path);
        write_all(locked.write_end.get(), "x", "pipe");
        pause();
        return 0;
    });
    char byte;
    ASSERT_EQ(read(locked.read_end.get(), &byte, 1), 1);
    EXPECT_FALSE(FileLock::try_acquire(path));
    child.send_signal(SIGKILL);
    EXPECT_EQ(exit_code_of(child.wait()), 128 + SIGKILL);
    EXPECT_TRUE(FileLock::try_acquire(path));
}

TEST_F(FilesTest, ALockIsOnTheFileThatHasTheNameInTheEnd) {
    const stdfs::path path = at("lock");
    const stdfs::path elsewhere = at("elsewhere");
    std::optional<FileLock> first = FileLock::acquire(path);
    Pipe locked = Pipe::make();
    Child waiter = Child::clone(0, [&] {
        first.reset();  // its copy: else it waits for itself
        const FileLock lock = FileLock::acquire(path);
        write_all(locked.write_end.get(), "x", "pipe");
        pause();
        return 0;
    });
    // Until it waits: /proc/locks shows it behind the arrow.
    const auto waits = [&] {
        std::ifstream locks("/proc/locks");
        for (std::string line; std::getline(locks, line);)
            if (line.find("->") != std::string::npos &&
                line.find(fmt::format(" {} ", waiter.pid())) != std::string::npos)
                return true;
        return false;
    };
    for (int i = 0; i < 2000 && !waits(); ++i) usleep(5000);
    ASSERT_TRUE(waits());
    stdfs::rename(path, elsewhere);
    first.reset();
    char byte;
    ASSERT_EQ(read(locked.read_end.get(), &byte, 1), 1);
    EXPECT_TRUE(FileLock::try_acquire(elsewhere));
    EXPECT_FALSE(FileLock::try_acquire(path));
}

TEST_F(FilesTest, KnowsItsOwnExecutable) {
    EXPECT_EQ(own_executable().filename(), "base_test");
}

TEST(RemoveSomeTest, RemovesAsMuchAsItMay) {
    const TempDir directory;
    const auto tree = directory.path() / "tree";
    make_directories(tree / "sub/subsub");
    for (int i = 0; i < 10; ++i) write_file_atomic(tree / "sub" / std::to_string(i), "");
    std::int64_t budget = 5;
    EXPECT_FALSE(remove_some(tree, budget));
    EXPECT_EQ(budget, 0);
    EXPECT_TRUE(std::filesystem::exists(tree));
    budget = 100;
    EXPECT_TRUE(remove_some(tree, budget));
    EXPECT_FALSE(std::filesystem::exists(tree));
    EXPECT_GT(budget, 80);
    EXPECT_TRUE(remove_some(tree, budget));
}

}  // namespace
}  // namespace mincs
