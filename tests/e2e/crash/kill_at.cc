// kill_at N COMMAND...: runs the command and kills (SIGKILL) whichever of its processes is about to
// make the Nth system call, counted over all of them, then lets the others go on by themselves and
// ends with 137. Where there are fewer calls it ends with 0, and prints how many there were; where
// all of them wait for long, it kills the oldest of them. What strace cannot: it counts each call
// and each process by itself.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace {

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(125);
}

void* as_pointer(long number) {
    return reinterpret_cast<void*>(number);
}

/// The command, seized before its first instruction.
pid_t start(char** argv) {
    int gate[2];
    if (pipe2(gate, O_CLOEXEC) != 0) fail("pipe");
    const pid_t pid = fork();
    if (pid == -1) fail("fork");
    if (pid == 0) {
        close(gate[1]);
        char byte;
        if (read(gate[0], &byte, 1) == 1) execvp(argv[0], argv);
        _exit(127);
    }
    const long options =
        PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    if (ptrace(PTRACE_SEIZE, pid, nullptr, as_pointer(options)) != 0) fail("PTRACE_SEIZE");
    if (ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) fail("PTRACE_INTERRUPT");
    if (write(gate[1], "", 1) != 1) fail("write");
    return pid;
}

bool is_at_entry(pid_t pid) {
    __ptrace_syscall_info info = {};
    return ptrace(PTRACE_GET_SYSCALL_INFO, pid, as_pointer(sizeof info), &info) > 0 &&
           info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

void go_on(pid_t pid, int status) {
    const int event = status >> 16, signal = WSTOPSIG(status);
    const bool is_group_stop = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
    const bool is_ours = event != 0 || signal == (SIGTRAP | 0x80);
    // ESRCH: somebody else killed it meanwhile.
    if (is_group_stop)
        ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);
    else
        ptrace(PTRACE_SYSCALL, pid, nullptr, as_pointer(is_ours ? 0 : signal));
}

void ignore(int) {}

/// waitpid(2) comes back with EINTR when nothing has happened for so long.
void limit_wait() {
    struct sigaction action = {};
    action.sa_handler = ignore;
    sigaction(SIGALRM, &action, nullptr);
}
void wait_at_most(useconds_t microseconds) {
    ualarm(microseconds, 0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const long wanted = std::atol(argv[1]);
    constexpr useconds_t kLong = 999'999;
    limit_wait();
    std::set<pid_t> alive = {start(argv + 2)};
    long calls = 0;
    for (int status = 0;;) {
        wait_at_most(kLong);
        const pid_t pid = waitpid(-1, &status, __WALL);
        if (pid == -1) {
            if (errno == EINTR) kill(*alive.begin(), SIGKILL);
            break;
        }
        if (!WIFSTOPPED(status)) {
            alive.erase(pid);
            continue;
        }
        alive.insert(pid);
        const bool is_call = WSTOPSIG(status) == (SIGTRAP | 0x80) && is_at_entry(pid);
        if (is_call && ++calls == wanted) {
            kill(pid, SIGKILL);
            return 137;  // the others are let go with us (ptrace(2))
        }
        go_on(pid, status);
    }
    std::printf("%ld\n", calls);
}
