// A restricted thread, tried against what it must not do and what it must still be able to. Each
// restriction is for good, so each test makes a thread for it.
#include "libcore/fs/landlock.hh"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <csignal>
#include <cstddef>
#include <fstream>
#include <thread>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"

namespace mincs::fs {
namespace {

/// 0 or errno.
int code_of(long result) {
    return result < 0 ? errno : 0;
}

int open_code(const std::string& path, int flags) {
    const Fd fd(open(path.c_str(), flags | O_CLOEXEC, 0644));
    return fd ? 0 : errno;
}

class LandlockTest : public testing::Test {
 protected:
    LandlockTest() {
        for (const char* name : {"in", "in/a", "in/b", "out"})
            make_directories(temp_.path() / name);
        for (const char* name : {"in/file", "in/a/file", "out/file"})
            std::ofstream(temp_.path() / name) << "x";
    }
    void SetUp() override {
        if (landlock_abi() < 2) GTEST_SKIP() << "this kernel has no Landlock";
    }
    std::string path(const std::string& name) const { return temp_.path() / name; }
    LandlockRules only_inside() const {
        LandlockRules rules;
        rules.paths = {{path("in"), kReading | kWriting | kChangingEntries | kMakingDevices}};
        return rules;
    }

    template <typename Action>
    static void restricted(const LandlockRules& rules, const Action& action,
                           int abi = landlock_abi()) {
        std::thread([&] {
            ASSERT_TRUE(restrict_thread(rules, abi));
            action();
        }).join();
    }

    TempDir temp_;
};

TEST_F(LandlockTest, NothingIsOpenedOutside) {
    restricted(only_inside(), [&] {
        EXPECT_EQ(open_code("/etc/passwd", O_WRONLY), EACCES);
        EXPECT_EQ(open_code("/etc/passwd", O_RDONLY), EACCES);
        EXPECT_EQ(open_code(path("out"), O_RDONLY | O_DIRECTORY), EACCES);
        EXPECT_EQ(open_code(path("out/file"), O_RDWR | O_TRUNC), EACCES);
        EXPECT_EQ(open_code(path("out/new"), O_WRONLY | O_CREAT), EACCES);
        EXPECT_EQ(open_code(path("out"), O_WRONLY | O_TMPFILE), EACCES);
        EXPECT_EQ(code_of(truncate(path("out/file").c_str(), 0)), EACCES);
    });
    EXPECT_EQ(read_file(path("out/file")), "x");
}

TEST_F(LandlockTest, NothingIsMadeLinkedOrRenamedOutside) {
    const Fd outside(open(path("out").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const Fd inside(open(path("in").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    restricted(only_inside(), [&] {
        const int out = outside.get();
        EXPECT_EQ(code_of(mkdirat(out, "d", 0755)), EACCES);
        EXPECT_EQ(code_of(symlinkat("x", out, "s")), EACCES);
        EXPECT_EQ(code_of(mknodat(out, "p", S_IFIFO | 0644, 0)), EACCES);
        EXPECT_EQ(code_of(mknodat(out, "w", S_IFCHR, 0)), EACCES);
        EXPECT_EQ(code_of(unlinkat(out, "file", 0)), EACCES);
        EXPECT_NE(code_of(linkat(inside.get(), "file", out, "stolen", 0)), 0);
        EXPECT_NE(code_of(linkat(out, "file", inside.get(), "stolen", 0)), 0);
        EXPECT_NE(code_of(renameat(inside.get(), "file", out, "moved")), 0);
        EXPECT_NE(code_of(renameat(out, "file", inside.get(), "moved")), 0);
        EXPECT_NE(code_of(renameat(out, "file", out, "other")), 0);
    });
    struct stat status;
    ASSERT_EQ(stat(path("out/file").c_str(), &status), 0);
    EXPECT_EQ(status.st_nlink, 1u);
}

TEST_F(LandlockTest, EverythingIsPossibleInside) {
    restricted(only_inside(), [&] {
        EXPECT_EQ(open_code(path("in/new"), O_WRONLY | O_CREAT | O_EXCL), 0);
        EXPECT_EQ(open_code(path("in/a"), O_WRONLY | O_TMPFILE), 0);
        EXPECT_EQ(open_code(path("in/a"), O_RDONLY | O_DIRECTORY), 0);
        EXPECT_EQ(open_code(path("in/file"), O_RDWR | O_TRUNC), 0);
        EXPECT_EQ(code_of(mkdir(path("in/d").c_str(), 0755)), 0);
        EXPECT_EQ(code_of(symlink("x", path("in/s").c_str())), 0);
        EXPECT_EQ(code_of(mkfifo(path("in/p").c_str(), 0644)), 0);
        EXPECT_EQ(code_of(link(path("in/a/file").c_str(), path("in/b/link").c_str())), 0);
        EXPECT_EQ(code_of(rename(path("in/a/file").c_str(), path("in/b/moved").c_str())), 0);
        EXPECT_NO_THROW(remove_tree(path("in/b")));
    });
    EXPECT_FALSE(std::filesystem::exists(path("in/b")));
}

TEST_F(LandlockTest, OnlyWhatTheRuleSaysIsAllowed) {
    LandlockRules rules;
    rules.paths = {{path("in"), kReading}, {path("in/a/file"), kWriting}};
    restricted(rules, [&] {
        EXPECT_EQ(open_code(path("in/file"), O_RDONLY), 0);
        EXPECT_EQ(open_code(path("in/file"), O_WRONLY), EACCES);
        EXPECT_EQ(open_code(path("in/new"), O_WRONLY | O_CREAT), EACCES);
        EXPECT_EQ(open_code(path("in/a/file"), O_WRONLY), 0);
        EXPECT_EQ(code_of(unlink(path("in/file").c_str())), EACCES);
    });
}

TEST_F(LandlockTest, OtherThreadsAreFree) {
    restricted(only_inside(), [] {});
    EXPECT_EQ(open_code(path("out/new"), O_WRONLY | O_CREAT), 0);
    EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

TEST_F(LandlockTest, WithoutPathsFilesAreLeftAlone) {
    restricted({}, [&] { EXPECT_EQ(open_code(path("out/new"), O_WRONLY | O_CREAT), 0); });
}

int connect_code(int port) {
    const Fd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return code_of(connect(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
}

TEST_F(LandlockTest, NoTcpUnlessAllowed) {
    if (landlock_abi() < 4) GTEST_SKIP() << "this kernel's Landlock knows no TCP";
    restricted({}, [] { EXPECT_EQ(connect_code(1), EACCES); });
    LandlockRules open;
    open.tcp = true;
    restricted(open, [] { EXPECT_EQ(connect_code(1), ECONNREFUSED); });
}

TEST_F(LandlockTest, NoSignalsToOthers) {
    if (landlock_abi() < 6) GTEST_SKIP() << "this kernel's Landlock knows no scopes";
    restricted({}, [] { EXPECT_EQ(code_of(kill(getppid(), 0)), EPERM); });
    LandlockRules open;
    open.signals = true;
    restricted(open, [] { EXPECT_EQ(code_of(kill(getppid(), 0)), 0); });
}

TEST_F(LandlockTest, AnOlderKernelRefusesWhatItCan) {
    for (const int abi : {2, 3, 4, 5}) {
        const int truncating = abi >= 3 ? EACCES : 0;
        restricted(
            only_inside(),
            [&] {
                EXPECT_EQ(open_code(path("out/new"), O_WRONLY | O_CREAT), EACCES) << abi;
                EXPECT_EQ(code_of(truncate(path("out/file").c_str(), 0)), truncating) << abi;
            },
            abi);
    }
}

TEST_F(LandlockTest, AMissingPathIsAnError) {
    LandlockRules rules;
    rules.paths = {{path("none"), kReading}};
    EXPECT_THROW(restrict_thread(rules), SysError);
    EXPECT_EQ(open_code("/etc/passwd", O_RDONLY), 0);
}

/// As on a kernel without it: the system call does not exist for the calling thread.
void forget_landlock() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter = {std::size(program), program};
    ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

std::string told_without_landlock(LogLevel level) {
    set_log("tool", level);
    testing::internal::CaptureStderr();
    std::thread([] {
        forget_landlock();
        LandlockRules rules;
        rules.paths.emplace();
        EXPECT_FALSE(restrict_thread(rules));
        EXPECT_EQ(open_code("/etc/passwd", O_RDONLY), 0);
    }).join();
    set_log("tool", LogLevel::kNormal);
    return testing::internal::GetCapturedStderr();
}

TEST_F(LandlockTest, AKernelWithoutItIsToldToDebugOnly) {
    EXPECT_EQ(told_without_landlock(LogLevel::kNormal), "");
    EXPECT_EQ(told_without_landlock(LogLevel::kDebug),
              "tool: debug: this kernel has no Landlock, or too old a version (0): going on "
              "without\n");
}

}  // namespace
}  // namespace mincs::fs
