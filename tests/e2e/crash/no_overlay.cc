// no_overlay COMMAND...: runs the command, as root, on what looks like a kernel without overlayfs
// to it and to all that it starts: fsopen(2) of "overlay" fails with ENODEV. Ends as the command
// does; what still runs then finds no fsopen(2) at all. seccomp alone cannot tell the file systems
// apart, as it sees no text; so it has the call traced, and the tracer spoils the name.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(125);
}

void* as_pointer(unsigned long number) {
    return reinterpret_cast<void*>(number);
}

/// Without no_new_privs, which would take its powers from newuidmap: so root must do it.
void have_fsopen_traced() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsopen, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter = {sizeof program / sizeof *program, program};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) fail("the seccomp filter");
}

pid_t start(char** argv) {
    int gate[2];
    if (pipe(gate) != 0) fail("pipe");
    const pid_t pid = fork();
    if (pid == -1) fail("fork");
    if (pid == 0) {
        close(gate[1]);
        char byte;
        if (read(gate[0], &byte, 1) != 1) _exit(125);
        close(gate[0]);
        have_fsopen_traced();
        execvp(argv[0], argv);
        _exit(127);
    }
    const unsigned long options =
        PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    if (ptrace(PTRACE_SEIZE, pid, nullptr, as_pointer(options)) != 0) fail("PTRACE_SEIZE");
    if (write(gate[1], "", 1) != 1) fail("write");
    close(gate[0]);
    close(gate[1]);
    return pid;
}

/// "overlay" becomes "Xverlay", which no kernel knows.
void spoil_name(pid_t pid) {
    __ptrace_syscall_info info = {};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, as_pointer(sizeof info), &info) <= 0) return;
    void* const name = as_pointer(info.seccomp.args[0]);
    long word = ptrace(PTRACE_PEEKDATA, pid, name, nullptr);
    if (std::memcmp(&word, "overlay", sizeof word) != 0) return;
    std::memcpy(&word, "X", 1);
    if (ptrace(PTRACE_POKEDATA, pid, name, word) != 0) fail("PTRACE_POKEDATA");
}

void go_on(pid_t pid, int status) {
    const int event = status >> 16, signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP) spoil_name(pid);
    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
        ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);
    else
        ptrace(PTRACE_CONT, pid, nullptr,
               as_pointer(event != 0 ? 0 : static_cast<unsigned long>(signal)));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    // What is sent to the terminal's processes is for the command.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) signal(number, SIG_IGN);
    const pid_t command = start(argv + 1);
    for (int status = 0;;) {
        const pid_t pid = waitpid(-1, &status, __WALL);
        if (pid == -1) fail("waitpid");
        if (WIFSTOPPED(status)) go_on(pid, status);
        if (pid != command || WIFSTOPPED(status)) continue;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}
