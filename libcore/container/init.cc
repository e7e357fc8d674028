// See init.hh.
#include "libcore/container/init.hh"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcore/base/error.hh"
#include "libcore/base/process.hh"

namespace mincs::container {
namespace {

/// The process groups of a terminal: ours, and the one that gets its keys (tcsetpgrp(3)). SIGTTOU
/// is blocked, as every signal.
void take_foreground() {
    check(setpgid(0, 0), "making a process group");
    check(tcsetpgrp(STDIN_FILENO, getpgrp()), "becoming the terminal's foreground");
}

/// All that have ended; ends with the command.
void reap(pid_t command) {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        if (pid == command) _exit(exit_code_of(status));
}

/// Signals come by a signalfd(2), not by sigwait(3): so they are blocked all the time, which
/// whoever sends one from outside looks at (supervise.cc).
[[noreturn]] void be_init(pid_t command, const sigset_t& all) {
    // The pipe for failures among them: its end tells that the command runs.
    close_descriptors_but({});
    const int signals = signalfd(-1, &all, SFD_CLOEXEC);
    signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(command);
        else
            kill(command, static_cast<int>(info.ssi_signo));
    }
    _exit(125);
}

}  // namespace

void become_init(bool terminal) {
    sigset_t all, before;
    sigfillset(&all);
    check(sigprocmask(SIG_SETMASK, &all, &before), "blocking signals");
    const pid_t command = check(fork(), "starting the command");
    if (command > 0) be_init(command, all);
    if (terminal) take_foreground();
    check(sigprocmask(SIG_SETMASK, &before, nullptr), "restoring signals");
}

}  // namespace mincs::container
