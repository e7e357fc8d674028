#include "tools/polecat/notify_tracer.hh"

#include <gmock/gmock.h>
#include <linux/audit.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <functional>

#include "libcore/base/files.hh"
#include "libcore/base/process.hh"
#include "libcore/container/console.hh"
#include "tests/unit/tools/polecat/path_probe.hh"
#include "tools/polecat/ptrace_tracer.hh"

namespace mincs::polecat {
namespace {

/// The two ways to watch; all that is promised holds for both.
enum class By { kNotify, kPtrace };

long install(std::vector<sock_filter> filter, unsigned flags) {
    sock_fprog program = {static_cast<unsigned short>(filter.size()), filter.data()};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

Trace trace_by_notify(const std::function<int()>& body, int& status) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "socketpair");
    const Fd mine(sockets[0]), theirs(sockets[1]);
    Child child = Child::clone(0, [&] {
        const long listener =
            install(make_watch_filter(SECCOMP_RET_USER_NOTIF), SECCOMP_FILTER_FLAG_NEW_LISTENER);
        if (listener < 0) return 99;
        container::send_descriptor(theirs.get(), 'l', static_cast<int>(listener));
        close(static_cast<int>(listener));
        return body();
    });
    char what = 0;
    NotifyTracer tracer(container::receive_descriptor(mine.get(), what));
    status = exit_code_of(child.wait());
    return tracer.finish();
}

Trace trace_by_ptrace(const std::function<int()>& body, int& status) {
    PtraceTracer tracer;
    Pipe gate = Pipe::make();
    Child child = Child::clone(0, [&] {
        char go;
        if (read(gate.read_end.get(), &go, 1) != 1) return 98;
        if (install(make_watch_filter(SECCOMP_RET_TRACE), 0) != 0) return 99;
        return body();
    });
    tracer.attach(child.pid());
    check(write(gate.write_end.get(), "", 1), "opening the gate");
    status = exit_code_of(child.wait());
    return tracer.finish();
}

class TraceTest : public testing::TestWithParam<By> {
 protected:
    /// Runs `body` in a child under the tracer; its exit code goes to `code`.
    Trace trace(const std::function<int()>& body, int* code = nullptr) {
        int status = -1;
        Trace seen = GetParam() == By::kNotify ? trace_by_notify(body, status)
                                               : trace_by_ptrace(body, status);
        if (code) *code = status;
        return seen;
    }
    std::string path(const std::string& name) const { return directory_.path() / name; }
    TempDir directory_;
};

TEST_P(TraceTest, SeesWhatExistsAndWhatDoesNot) {
    write_file_atomic(path("there"), "");
    const Trace seen = trace([&] {
        struct stat info;
        stat(path("there").c_str(), &info);
        close(open(path("gone").c_str(), O_RDONLY | O_NOFOLLOW));
        return 0;
    });
    ASSERT_TRUE(seen.contains(path("there")));
    EXPECT_TRUE(seen.at(path("there")).existed);
    EXPECT_FALSE(seen.at(path("there")).missing);
    EXPECT_EQ(seen.at(path("there")).uses, unsigned{kLook | kFollow});
    ASSERT_TRUE(seen.contains(path("gone")));
    EXPECT_FALSE(seen.at(path("gone")).existed);
    EXPECT_EQ(seen.at(path("gone")).uses, unsigned{kOpen});
}

TEST_P(TraceTest, ResolvesRelativeToDirectoryAndDescriptor) {
    make_directories(path("a/b"));
    write_file_atomic(path("a/b/file"), "");
    const Trace seen = trace([&] {
        if (chdir(path("a").c_str()) != 0) return 1;
        if (access("./b//file", R_OK) != 0) return 2;
        if (access("../x", R_OK) == 0) return 3;
        const Fd directory(open(path("a/b").c_str(), O_PATH | O_DIRECTORY));
        return faccessat(directory.get(), "new", R_OK, 0) == 0 ? 4 : 0;
    });
    EXPECT_TRUE(seen.at(path("a/b/file")).existed);
    EXPECT_TRUE(seen.at(path("a") + "/../x").missing);  // ".." is left to the closure
    EXPECT_TRUE(seen.at(path("a/b/new")).missing);
    EXPECT_TRUE(seen.at(path("a")).uses & kEnter);
}

TEST_P(TraceTest, SeesThreadsChildrenAndExec) {
    write_file_atomic(path("script"), "#!/bin/sh\n: < \"$1\"\n", 0755);
    write_file_atomic(path("input"), "");
    int code = -1;
    const Trace seen = trace(
        [&] {
            std::thread([&] { access(path("by thread").c_str(), F_OK); }).join();
            execl(path("script").c_str(), "script", path("input").c_str(), nullptr);
            return 1;
        },
        &code);
    EXPECT_EQ(code, 0);
    EXPECT_TRUE(seen.contains(path("by thread")));
    EXPECT_TRUE(seen.at(path("script")).uses & kExecute);
    EXPECT_TRUE(seen.at(path("input")).uses & kOpen);
}

TEST_P(TraceTest, SeesBothNamesOfARename) {
    write_file_atomic(path("old"), "");
    const Trace seen = trace([&] { return rename(path("old").c_str(), path("new").c_str()); });
    EXPECT_TRUE(seen.at(path("old")).uses & kChange);
    EXPECT_TRUE(seen.at(path("new")).uses & kCreate);
    EXPECT_TRUE(std::filesystem::exists(path("new")));
}

TEST_P(TraceTest, SeesSocketsByName) {
    const Trace seen = trace([&] {
        const Fd fd(socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un name = {};
        name.sun_family = AF_UNIX;
        path("socket").copy(name.sun_path, sizeof name.sun_path - 1);
        return connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == -1 ? 0 : 1;
    });
    EXPECT_TRUE(seen.at(path("socket")).missing);
}

TEST_P(TraceTest, PathologicalArgumentsNeitherStopNorFoolIt) {
    int code = -1;
    const Trace seen = trace(
        [&] {
            const std::string endless(10'000, 'x');
            access(endless.c_str(), F_OK);
            syscall(SYS_access, 0, F_OK);
            access(reinterpret_cast<const char*>(8), F_OK);
            access("", F_OK);
            openat(12345, "relative", O_RDONLY);
            access("/proc/self/status", F_OK);
            // io_uring would open files behind the filter's back.
            return syscall(425, 1, nullptr) == -1 && errno == ENOSYS ? 0 : 1;
        },
        &code);
    EXPECT_EQ(code, 0);
    EXPECT_TRUE(seen.empty()) << seen.begin()->first;
}

TEST_P(TraceTest, EndsWhenTheCommandIsKilledInTheMiddleOfIt) {
    // Threads that name paths as fast as they can, and a sudden death.
    const Trace seen = trace([&] {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                while (true) access(path("busy").c_str(), F_OK);
            });
        usleep(100'000);
        kill(getpid(), SIGKILL);
        return 0;
    });
    EXPECT_TRUE(seen.contains(path("busy")));
}

TEST_P(TraceTest, FinishesThoughAGrandchildLivesOn) {
    const Trace seen = trace([&] {
        if (fork() == 0) {
            usleep(500'000);
            _exit(0);
        }
        access(path("x").c_str(), F_OK);
        return 0;
    });
    EXPECT_TRUE(seen.contains(path("x")));
}

TEST_P(TraceTest, KnowsTheRootOfAChroot) {
    if (geteuid() != 0) GTEST_SKIP() << "chroot needs root";
    make_directories(path("root/etc"));
    write_file_atomic(path("root/etc/file"), "");
    const Trace seen = trace([&] {
        if (chroot(path("root").c_str()) != 0 || chdir("/") != 0) return 1;
        return access("/etc/file", F_OK);
    });
    ASSERT_TRUE(seen.contains(path("root/etc/file")));
    EXPECT_TRUE(seen.at(path("root/etc/file")).existed);
}

/// Each call that names a path, once; the two tracers and the two tables.
void expect_all_seen(Abi abi, const std::string& directory, const Trace& seen) {
    for (const std::string& name : probed_names(abi))
        EXPECT_TRUE(seen.contains(directory + "/" + name)) << name;
}

TEST_P(TraceTest, SeesEveryCallOfX8664) {
    const std::string directory = directory_.path();
    int code = -1;
    const Trace seen = trace([&] { return probe(Abi::k64, directory); }, &code);
    EXPECT_EQ(code, 0);
    expect_all_seen(Abi::k64, directory, seen);
    EXPECT_TRUE(seen.at(path("execveat-1")).uses & kExecute);
    EXPECT_TRUE(seen.at(path("mkdir-0")).uses & kCreate);
}

TEST_P(TraceTest, SeesEveryCallOfI386) {
    if (!has_abi(Abi::k32)) GTEST_SKIP() << "this kernel does not run i386 programs";
    const std::string directory = directory_.path();
    int code = -1;
    const Trace seen = trace([&] { return probe(Abi::k32, directory); }, &code);
    EXPECT_EQ(code, 0);
    expect_all_seen(Abi::k32, directory, seen);
}

TEST_P(TraceTest, SeesWhatTheKernelOpensToExecuteAFile) {
    write_file_atomic(path("inner"), "#!/bin/sh -e\n", 0755);
    write_file_atomic(path("outer"), "#! " + path("inner") + " x\n", 0755);
    const Trace seen = trace([&] {
        execl(path("outer").c_str(), "outer", nullptr);
        return 1;
    });
    EXPECT_TRUE(seen.at(path("inner")).uses & kExecute);
    EXPECT_TRUE(seen.at("/bin/sh").uses & kExecute);
    // And the loader of that shell.
    const auto loader = std::find_if(seen.begin(), seen.end(), [](const auto& entry) {
        return entry.first.find("/ld-linux") != std::string::npos;
    });
    ASSERT_NE(loader, seen.end());
    EXPECT_TRUE(loader->second.uses & kOpen);
}

TEST_P(TraceTest, SeesAProgramExecutedByDescriptor) {
    int code = -1;
    const Trace seen = trace(
        [&] {
            const int program = open("/bin/true", O_PATH | O_CLOEXEC);
            char* const arguments[] = {const_cast<char*>("true"), nullptr};
            char* const environment[] = {nullptr};
            syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
            return 1;
        },
        &code);
    EXPECT_EQ(code, 0);
    const auto program = std::find_if(seen.begin(), seen.end(), [](const auto& entry) {
        return entry.first.ends_with("/true") && (entry.second.uses & kExecute);
    });
    EXPECT_NE(program, seen.end());
}

TEST_P(TraceTest, SeesWhereLinksLeadThatTheRunMade) {
    write_file_atomic(path("real"), "");
    const Trace seen = trace([&] {
        if (symlink("real", path("link").c_str()) != 0) return 1;
        return access(path("link").c_str(), F_OK);
    });
    ASSERT_TRUE(seen.contains(path("real")));
    EXPECT_TRUE(seen.at(path("real")).existed);
}

TEST_P(TraceTest, SeesThroughItsOwnDescriptorsInProc) {
    write_file_atomic(path("file"), "");
    const Trace seen = trace([&] {
        const int directory = open(directory_.path().c_str(), O_PATH | O_DIRECTORY);
        const std::string name = "/proc/self/fd/" + std::to_string(directory) + "/file";
        if (access(name.c_str(), F_OK) != 0) return 1;
        return access("/proc/self/root/etc/hostname", F_OK) + 1;
    });
    EXPECT_TRUE(seen.contains(path("file")));
    EXPECT_TRUE(seen.contains("/etc/hostname"));
}

TEST_P(TraceTest, KnowsWhoAsked) {
    const Trace seen = trace([&] {
        execl("/bin/cat", "cat", path("nothing").c_str(), nullptr);
        return 1;
    });
    EXPECT_TRUE(seen.at(path("nothing")).by.ends_with("/cat")) << seen.at(path("nothing")).by;
}

TEST_P(TraceTest, SeesTheTreeOfAMountNamespaceOfItsOwn) {
    if (geteuid() != 0) GTEST_SKIP() << "mounts need root";
    make_directories(path("here"));
    make_directories(path("other"));
    write_file_atomic(path("other/file"), "");
    const Trace seen = trace([&] {
        access("/", F_OK);  // so that the tracer knows the tree it begins with
        if (unshare(CLONE_NEWNS) != 0) return 1;
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
        mount(path("other").c_str(), path("here").c_str(), nullptr, MS_BIND, nullptr);
        return access(path("here/file").c_str(), F_OK);
    });
    EXPECT_TRUE(seen.at(path("here/file")).existed);
}

TEST(NotifyTracer, IsToldOfACommandThatWantsAListener) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "socketpair");
    const Fd mine(sockets[0]), theirs(sockets[1]);
    Child child = Child::clone(0, [&] {
        const long listener =
            install(make_watch_filter(SECCOMP_RET_USER_NOTIF), SECCOMP_FILTER_FLAG_NEW_LISTENER);
        container::send_descriptor(theirs.get(), 'l', static_cast<int>(listener));
        close(static_cast<int>(listener));
        // A filter without a listener is nobody's business.
        install(make_watch_filter(SECCOMP_RET_ALLOW), 0);
        return install(make_watch_filter(SECCOMP_RET_ALLOW), SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0
                   ? 0
                   : 1;
    });
    char what = 0;
    std::atomic<int> told = 0;
    NotifyTracer tracer(container::receive_descriptor(mine.get(), what), [&] { ++told; });
    EXPECT_EQ(exit_code_of(child.wait()), 0);
    tracer.finish();
    EXPECT_EQ(told, 1);
}

TEST(PtraceTracer, LeavesTheListenerToTheCommand) {
    int status = -1;
    const Trace seen = trace_by_ptrace(
        [] {
            access("/before", F_OK);
            const std::vector<sock_filter> all = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
            if (install(all, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0) return 1;
            access("/after", F_OK);
            return 0;
        },
        status);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(seen.contains("/before") && seen.contains("/after"));
}

TEST(PtraceTracer, LetsSignalsStopAndContinue) {
    int status = -1;
    trace_by_ptrace(
        [] {
            const pid_t child = fork();
            if (child == 0) {
                raise(SIGSTOP);
                _exit(7);
            }
            int state = 0;
            waitpid(child, &state, WUNTRACED);
            if (!WIFSTOPPED(state)) return 1;
            kill(child, SIGCONT);
            waitpid(child, &state, 0);
            return WIFEXITED(state) && WEXITSTATUS(state) == 7 ? 0 : 2;
        },
        status);
    EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Both, TraceTest, testing::Values(By::kNotify, By::kPtrace),
                         [](const auto& test) {
                             return test.param == By::kNotify ? "ByNotify" : "ByPtrace";
                         });

TEST(PathCalls, KnowsBothTables) {
    seccomp_data data = {};
    data.arch = AUDIT_ARCH_X86_64;
    data.nr = SYS_openat;
    EXPECT_EQ(path_calls_of(data).size(), 1u);
    data.nr = SYS_openat | 0x40000000;  // x32
    EXPECT_EQ(path_calls_of(data).size(), 1u);
    data.nr = SYS_rename;
    EXPECT_EQ(path_calls_of(data).size(), 2u);
    data.nr = SYS_read;
    EXPECT_TRUE(path_calls_of(data).empty());
    data.arch = AUDIT_ARCH_I386;
    data.nr = 5;  // open; fstat in the other table
    ASSERT_EQ(path_calls_of(data).size(), 1u);
    EXPECT_EQ(path_calls_of(data).front().flags_kind, FlagsKind::kOpen);
}

}  // namespace
}  // namespace mincs::polecat
