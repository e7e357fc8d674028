// See hypervisor.hh.
#include "tools/minc-machine/hypervisor.hh"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <csignal>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "libvm/qemu.hh"
#include "libvm/um.hh"

namespace mincs::machine {
namespace {

struct Streams {
    int in, out;
    int channel = -1;
};

/// In the new process, which has all signals again and is no part of the command's session.
int execute(const std::vector<std::string>& words, const std::vector<std::string>& environment,
            const Streams& streams) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Fd high(fcntl(streams.channel, F_DUPFD_CLOEXEC, 16));
    if (dup2(streams.in, 0) == -1 || dup2(streams.out, 1) == -1 || dup2(streams.out, 2) == -1 ||
        (high && dup2(high.get(), vm::kChannelFd) == -1))
        return 125;
    close_descriptors_but({high ? vm::kChannelFd : -1});
    execve(words[0].c_str(), to_c_array(words).data(), to_c_array(environment).data());
    write_log_line("error", fmt::format("running '{}': {}", words[0], SysError::errno_text(errno)));
    return 127;
}

/// Serves the shared root. It listens when its socket is there.
Child start_file_server(const vm::Machine& machine, int null, int messages) {
    constexpr useconds_t kPause = 2000;
    constexpr int kTries = 5'000'000 / kPause;
    unlink(vm::kFileServerSocket);
    const auto words = vm::file_server_command(machine);
    Child server = Child::clone(0, [&] { return execute(words, {}, {null, messages}); });
    for (int i = 0; i < kTries; ++i) {
        if (access(vm::kFileServerSocket, F_OK) == 0) return server;
        pollfd ended = {server.pidfd(), POLLIN, 0};
        if (poll(&ended, 1, 0) > 0) break;
        usleep(kPause);
    }
    throw Error("virtiofsd does not start");
}

}  // namespace

RunningHypervisor start_hypervisor(const vm::Machine& machine, const std::string& accelerator) {
    const bool is_user_mode = machine.hypervisor == vm::Hypervisor::kUserMode;
    const auto words =
        is_user_mode ? vm::um_command(machine) : vm::qemu_command(machine, accelerator);
    const auto environment = is_user_mode ? vm::um_environment() : std::vector<std::string>();
    for (const std::string& word : words) debug("  {}", word);
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    const Fd theirs(sockets[1]);
    Pipe console = Pipe::make();
    const Fd null(check(open("/dev/null", O_RDWR | O_CLOEXEC), "opening /dev/null"));
    RunningHypervisor running;
    running.channel = Fd(sockets[0]);
    running.console = std::move(console.read_end);
    check(fcntl(running.console.get(), F_SETFL, O_NONBLOCK), "preparing the console");
    if (!machine.file_server.empty())
        running.files = start_file_server(machine, null.get(), console.write_end.get());
    const Streams streams = {null.get(), console.write_end.get(), theirs.get()};
    running.child = Child::clone(0, [&] { return execute(words, environment, streams); });
    return running;
}

}  // namespace mincs::machine
