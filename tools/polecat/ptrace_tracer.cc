// See ptrace_tracer.hh. PTRACE_SEIZE and not PTRACE_ATTACH: nothing is stopped that would not stop
// by itself, and a stop by SIGSTOP stays one (ptrace(2), "Group-stop").
#include "tools/polecat/ptrace_tracer.hh"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tools/polecat/observer.hh"
#include "tools/polecat/trace_file.hh"

namespace mincs::polecat {
namespace {

constexpr unsigned long kOptions = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
                                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                                   PTRACE_O_EXITKILL;

/// ptrace(2) of the C library is variadic over an enum of its own.
long trace_request(int request, pid_t pid, unsigned long address, void* data) {
    return ptrace(static_cast<__ptrace_request>(request), pid, address, data);
}

void resume(int request, pid_t pid, int signal) {
    // ESRCH: it was killed meanwhile, and its end comes by waitpid.
    trace_request(request, pid, 0, reinterpret_cast<void*>(static_cast<long>(signal)));
}

/// The call a thread stands in, in the form that seccomp notifications have.
bool read_call(pid_t pid, seccomp_data& data) {
    __ptrace_syscall_info info = {};
    if (trace_request(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) return false;
    if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) return false;
    data = {};
    data.nr = static_cast<int>(info.seccomp.nr);
    data.arch = info.arch;
    data.instruction_pointer = info.instruction_pointer;
    std::memcpy(data.args, info.seccomp.args, sizeof data.args);
    return true;
}

void observe(Observer& observer, pid_t pid) {
    seccomp_data data;
    if (!read_call(pid, data)) return;
    std::vector<Sighting> seen = observer.look(pid, data);
    // Still in that call, and so nobody else with its number.
    if (read_call(pid, data)) observer.note(std::move(seen));
}

bool stops_a_group(int signal) {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/// One stop of one thread.
void handle_stop(Observer& observer, pid_t pid, int status) {
    const int signal = WSTOPSIG(status);
    switch (status >> 16) {
        case PTRACE_EVENT_SECCOMP:
            observe(observer, pid);
            return resume(PTRACE_CONT, pid, 0);
        case PTRACE_EVENT_STOP:
            return resume(stops_a_group(signal) ? PTRACE_LISTEN : PTRACE_CONT, pid, 0);
        case 0:
            return resume(PTRACE_CONT, pid, signal);  // on its way to the command
        default:
            return resume(PTRACE_CONT, pid, 0);  // a fork, an exec
    }
}

/// The tracing process: seizes the one it is told, answers with an errno, and watches until all are
/// gone. Its exit status is 0 where the result is whole.
int watch(int socket, int result) {
    pid_t pid = 0;
    if (read(socket, &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid)) return 1;
    const bool seized = trace_request(PTRACE_SEIZE, pid, 0, reinterpret_cast<void*>(kOptions)) == 0;
    const int answer = seized ? 0 : errno;
    if (write(socket, &answer, sizeof answer) != static_cast<ssize_t>(sizeof answer) || !seized)
        return 1;
    Observer observer;
    while (true) {
        int status = 0;
        const pid_t stopped = waitpid(-1, &status, __WALL);
        if (stopped == -1 && errno == EINTR) continue;
        if (stopped == -1) break;  // ECHILD: none is left
        if (WIFSTOPPED(status)) handle_stop(observer, stopped, status);
    }
    TracedRun run;
    run.command = {"traced"};
    run.trace = observer.take();
    write_all(result, encode_traces({run}), "the trace");
    return 0;
}

}  // namespace

PtraceTracer::PtraceTracer()
    : result_(check(memfd_create("polecat-trace", MFD_CLOEXEC), "making a file in memory")) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    socket_ = Fd(sockets[0]);
    Fd theirs(sockets[1]);
    child_ = Child::clone(0, [&] {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        socket_.reset();
        // The terminal's keys are the command's matter: whoever watches outlives it.
        for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP})
            ::signal(signal, SIG_IGN);
        try {
            return watch(theirs.get(), result_.get());
        } catch (const std::exception&) {
            return 1;  // finish() says so
        }
    });
}

void PtraceTracer::attach(pid_t pid) {
    check(write(socket_.get(), &pid, sizeof pid), "asking the tracing process");
    int answer = 0;
    if (read(socket_.get(), &answer, sizeof answer) != static_cast<ssize_t>(sizeof answer))
        throw Error("tracing the command: the tracing process ended");
    if (answer != 0) throw SysError(answer, "tracing the command by ptrace");
}

Trace PtraceTracer::finish() {
    if (exit_code_of(child_.wait()) != 0)
        throw Error("tracing the command by ptrace: the tracing process failed");
    check(lseek(result_.get(), 0, SEEK_SET), "rewinding the trace");
    std::vector<TracedRun> runs =
        decode_traces(read_all(result_.get(), kMaxTraceFile, "the trace"), "of ptrace");
    return std::move(runs.front().trace);
}

}  // namespace mincs::polecat
