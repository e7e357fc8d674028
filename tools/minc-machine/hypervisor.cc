// See hypervisor.hh.
#include "tools/minc-machine/hypervisor.hh"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <csignal>
#include <optional>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "libvm/qemu.hh"
#include "libvm/um.hh"

namespace mincs::machine {
namespace {

struct Streams {
    int in, out;
    std::vector<int> lines = {};  ///< become the descriptors from kChannelFd on
};

/// In their place, past all that we have open. False where that cannot be.
bool place_lines(const std::vector<int>& lines) {
    constexpr int kPastOurs = 32;
    std::vector<Fd> copies;
    std::vector<int> kept;
    for (const int line : lines) copies.emplace_back(fcntl(line, F_DUPFD_CLOEXEC, kPastOurs));
    for (const Fd& copy : copies) {
        kept.push_back(vm::kChannelFd + static_cast<int>(kept.size()));
        if (!copy || dup2(copy.get(), kept.back()) == -1) return false;
    }
    close_descriptors_but(kept);
    for (Fd& copy : copies) copy.release();
    return true;
}

/// In the new process, which has all signals again and is no part of the command's session.
int execute(const std::vector<std::string>& words, const std::vector<std::string>& environment,
            const Streams& streams) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(streams.in, 0) == -1 || dup2(streams.out, 1) == -1 || dup2(streams.out, 2) == -1 ||
        !place_lines(streams.lines))
        return 125;
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

/// A line to a program that is started: our end of it, and the one that it gets.
struct Line {
    Fd ours, theirs;

    explicit Line(int type) {
        int sockets[2];
        check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
        ours.reset(sockets[0]);
        theirs.reset(sockets[1]);
    }
};

/// minc-slirp at the other end of `card`. Throws Error where it has no network.
Child start_network(const vm::Machine& machine, int null, int messages, Line& card) {
    constexpr int kPatience = 10'000;  // milliseconds
    const auto words = vm::network_command(machine);
    Child network = Child::clone(0, [&] {
        return execute(words, {}, {null, messages, {card.theirs.get()}});
    });
    card.theirs.reset();
    pollfd answer = {card.ours.get(), POLLIN, 0};
    poll(&answer, 1, kPatience);
    char text[1024];
    const ssize_t got = recv(card.ours.get(), text, sizeof text, MSG_DONTWAIT);
    const std::string_view word(text, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (word != vm::kNetworkIsUp)
        throw Error("the machine has no network: {}",
                    word.empty() ? "minc-slirp does not start" : printable(word));
    return network;
}

}  // namespace

RunningHypervisor start_hypervisor(const vm::Machine& machine, const std::string& accelerator) {
    const bool is_user_mode = machine.hypervisor == vm::Hypervisor::kUserMode;
    const auto words =
        is_user_mode ? vm::um_command(machine) : vm::qemu_command(machine, accelerator);
    const auto environment = is_user_mode ? vm::um_environment() : std::vector<std::string>();
    for (const std::string& word : words) debug("  {}", word);
    Line channel(SOCK_STREAM);
    Pipe console = Pipe::make();
    const Fd null(check(open("/dev/null", O_RDWR | O_CLOEXEC), "opening /dev/null"));
    RunningHypervisor running;
    running.channel = std::move(channel.ours);
    running.console = std::move(console.read_end);
    check(fcntl(running.console.get(), F_SETFL, O_NONBLOCK), "preparing the console");
    if (!machine.file_server.empty())
        running.files = start_file_server(machine, null.get(), console.write_end.get());
    Streams streams = {null.get(), console.write_end.get(), {channel.theirs.get()}};
    std::optional<Line> card;
    if (is_user_mode && machine.has_network) {
        // That the guest's kernel holds the card alone ends minc-slirp with it.
        card.emplace(SOCK_SEQPACKET | SOCK_NONBLOCK);
        running.network = start_network(machine, null.get(), console.write_end.get(), *card);
        streams.lines.push_back(card->ours.get());
    }
    running.child = Child::clone(0, [&] { return execute(words, environment, streams); });
    return running;
}

}  // namespace mincs::machine
