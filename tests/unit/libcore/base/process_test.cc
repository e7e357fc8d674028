// Children and helper programs: statuses as shells count them, and bounds on time and talk.
#include "libcore/base/process.hh"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"

namespace mincs {
namespace {

using test::error_of;
using namespace std::chrono_literals;

CommandResult shell(const std::string& script, std::string_view input = "") {
    return run_command({"sh", "-c", script}, input, 20s);
}

TEST(ProcessTest, ExitCodesAsAShellCountsThem) {
    EXPECT_EQ(exit_code_of(W_EXITCODE(0, 0)), 0);
    EXPECT_EQ(exit_code_of(W_EXITCODE(7, 0)), 7);
    EXPECT_EQ(exit_code_of(W_EXITCODE(0, SIGTERM)), 143);
    EXPECT_EQ(exit_code_of(W_EXITCODE(0, SIGSEGV) | WCOREFLAG), 139);
}

TEST(ProcessTest, AChildIsKilledAndReapedWithItsOwner) {
    pid_t pid = 0;
    {
        const Child child = Child::clone(0, [] {
            pause();
            return 0;
        });
        pid = child.pid();
        EXPECT_EQ(kill(pid, 0), 0);
    }
    EXPECT_EQ(kill(pid, 0), -1);
    EXPECT_EQ(errno, ESRCH);
}

TEST(ProcessTest, AChildsStatusAndSignals) {
    Child seven = Child::clone(0, [] { return 7; });
    EXPECT_EQ(exit_code_of(seven.wait()), 7);
    EXPECT_NO_THROW(seven.send_signal(SIGTERM)) << "one that ended is no error";
    Child sleeper = Child::clone(0, [] {
        pause();
        return 0;
    });
    sleeper.send_signal(SIGTERM);
    EXPECT_EQ(exit_code_of(sleeper.wait()), 128 + SIGTERM);
}

TEST(ProcessTest, AnExceptionStaysInTheChild) {
    Child child = Child::clone(0, []() -> int { throw Error("lost"); });
    EXPECT_EQ(exit_code_of(child.wait()), 127);
}

TEST(ProcessTest, AChildInOurMemoryIsWaitedForUntilItExecsOrEnds) {
    int written = 0;
    Child child = Child::vfork(0, [&] {
        written = 42;
        return 7;
    });
    EXPECT_EQ(written, 42) << "it ran in our memory, before we went on";
    EXPECT_EQ(exit_code_of(child.wait()), 7);

    Child command = Child::vfork(0, [] {
        execlp("sh", "sh", "-c", "exit 3", nullptr);
        return 127;
    });
    EXPECT_EQ(exit_code_of(command.wait()), 3);

    Child thrower = Child::vfork(0, []() -> int { throw Error("lost"); });
    EXPECT_EQ(exit_code_of(thrower.wait()), 127);
}

TEST(RunCommandTest, CollectsOutputErrorsAndStatus) {
    const CommandResult result = shell("cat; echo oops >&2; exit 3", "in\n");
    EXPECT_EQ(result.output, "in\n");
    EXPECT_EQ(result.errors, "oops\n");
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(shell("kill -9 $$").status, 137);
}

TEST(RunCommandTest, ArgumentsAreNotInterpreted) {
    EXPECT_EQ(run_command({"printf", "%s|", "a b", "", "$HOME", "\xff\n"}, "", 20s).output,
              "a b||$HOME|\xff\n|");
}

TEST(RunCommandTest, WithoutInputStdinIsEmpty) {
    EXPECT_EQ(shell("cat; echo end").output, "end\n");
}

TEST(RunCommandTest, MuchInputAndOutputAtOnce) {
    const std::string input(900000, 'x');
    EXPECT_EQ(shell("cat", input).output, input);
}

TEST(RunCommandTest, AHelperNeedNotReadItsInput) {
    EXPECT_EQ(shell("exec <&-; echo done", std::string(1u << 20, 'x')).output, "done\n");
    sigset_t pending;
    sigpending(&pending);
    EXPECT_FALSE(sigismember(&pending, SIGPIPE));
}

TEST(RunCommandTest, BoundsTheOutput) {
    EXPECT_EQ(error_of([] { shell("yes"); }), "running 'sh': it printed more than 1048576 bytes");
    EXPECT_EQ(error_of([] { shell("yes >&2"); }),
              "running 'sh': it printed more than 1048576 bytes");
}

TEST(RunCommandTest, BoundsTheTime) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(error_of([] {
                  run_command({"sleep", "30"}, "", 100ms);
              }),
              "running 'sleep': no answer within 100 ms");
    EXPECT_EQ(error_of([] {
                  run_command({"sh", "-c", "exec >&- 2>&-; sleep 30"}, "", 100ms);
              }),
              "running 'sh': no answer within 100 ms")
        << "closing its output does not free it from the deadline";
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(RunCommandTest, ToldApartWhyItDidNotStart) {
    EXPECT_EQ(error_of([] { run_command({"/nonexistent/x"}, "", 1s); }),
              "running '/nonexistent/x': No such file or directory");
    EXPECT_EQ(error_of([] { run_command({"/etc/passwd"}, "", 1s); }),
              "running '/etc/passwd': Permission denied");
}

TEST(RunCommandTest, WorksWithoutStandardDescriptors) {
    Child child = Child::clone(0, [] {
        for (int fd = 0; fd < 3; ++fd) close(fd);
        const CommandResult result = shell("cat; echo oops >&2", "in");
        return result.output == "in" && result.errors == "oops\n" ? 0 : 1;
    });
    EXPECT_EQ(exit_code_of(child.wait()), 0);
}

}  // namespace
}  // namespace mincs
