// Runs a command under one of polecat's tracers and nothing else: no container, no packing. For
// bench/trace.sh, beside the command alone and strace. "plain" is this program without a tracer,
// "floor" the least that a tracer by seccomp user notification does: it stops every call that names
// a path and lets it go on, and looks at none.
// usage: traced plain|floor|notify|ptrace COMMAND [ARG...]
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "libcore/base/process.hh"
#include "libcore/container/console.hh"
#include "libcore/container/seccomp.hh"
#include "tools/polecat/notify_tracer.hh"
#include "tools/polecat/path_calls.hh"
#include "tools/polecat/ptrace_tracer.hh"

using namespace mincs;
using namespace mincs::polecat;

namespace {

int execute(char** command) {
    execvp(command[0], command);
    return 127;
}

/// Ends when it is killed: with its object, or with us.
Child let_go_on(const Fd& listener) {
    wake_callers_here(listener.get());
    return Child::clone(0, [&] {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (true) {
            seccomp_notif call = {};  // the kernel insists on zeroes
            if (ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) == -1) continue;
            seccomp_notif_resp response = {};
            response.id = call.id;
            response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
            ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
        }
        return 0;
    });
}

struct Watched {
    Child child;
    Fd listener;
};

Watched start_with_listener(char** command) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "socketpair");
    const Fd mine(sockets[0]), theirs(sockets[1]);
    Child child = Child::clone(0, [&] {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        const Fd listener =
            container::install_seccomp_listener(make_watch_filter(SECCOMP_RET_USER_NOTIF));
        container::send_descriptor(theirs.get(), 'l', listener.get());
        return execute(command);
    });
    char what = 0;
    Fd listener = container::receive_descriptor(mine.get(), what);
    return {std::move(child), std::move(listener)};
}

int run_floor(char** command) {
    Watched watched = start_with_listener(command);
    const Child supervisor = let_go_on(watched.listener);
    return exit_code_of(watched.child.wait());
}

int run_notify(char** command, std::size_t& paths) {
    Watched watched = start_with_listener(command);
    NotifyTracer tracer(std::move(watched.listener));
    const int status = exit_code_of(watched.child.wait());
    paths = tracer.finish().size();
    return status;
}

int run_ptrace(char** command, std::size_t& paths) {
    PtraceTracer tracer;
    Pipe gate = Pipe::make();
    Child child = Child::clone(0, [&] {
        char go;
        if (read(gate.read_end.get(), &go, 1) != 1) return 1;
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        container::install_seccomp(make_watch_filter(SECCOMP_RET_TRACE));
        return execute(command);
    });
    tracer.attach(child.pid());
    check(write(gate.write_end.get(), "", 1), "opening the gate");
    const int status = exit_code_of(child.wait());
    paths = tracer.finish().size();
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string how = argv[1];
    std::size_t paths = 0;
    int status = 2;
    if (how == "plain")
        status = exit_code_of(Child::clone(0, [&] { return execute(argv + 2); }).wait());
    if (how == "floor") status = run_floor(argv + 2);
    if (how == "notify") status = run_notify(argv + 2, paths);
    if (how == "ptrace") status = run_ptrace(argv + 2, paths);
    if (std::getenv("TRACED_VERBOSE")) std::fprintf(stderr, "%zu paths\n", paths);
    return status;
}
