// Runs a command under one of polecat's tracers and nothing else: no container, no packing. For
// bench/trace.sh, beside the command alone and strace. "plain" is this program without a tracer.
// usage: traced plain|notify|ptrace COMMAND [ARG...]
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

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

int run_notify(char** command, std::size_t& paths) {
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
    NotifyTracer tracer(container::receive_descriptor(mine.get(), what));
    const int status = exit_code_of(child.wait());
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
    if (how == "notify") status = run_notify(argv + 2, paths);
    if (how == "ptrace") status = run_ptrace(argv + 2, paths);
    if (std::getenv("TRACED_VERBOSE")) std::fprintf(stderr, "%zu paths\n", paths);
    return status;
}
