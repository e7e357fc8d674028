// See network_guard.hh.
#include "librun/network_guard.hh"

#include <signal.h>
#include <sys/capability.h>
#include <sys/socket.h>

#include <filesystem>
#include <memory>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/console.hh"
#include "libcore/container/own_program.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kReady = "ready";

/// PREFIX/libexec/mincs/minc-dens beside our own PREFIX/bin/minc.
std::string program() {
    const stdfs::path own = container::own_program_path();
    std::string path = own.parent_path().parent_path() / "libexec/mincs/minc-dens";
    if (!stdfs::exists(path))
        throw Error("'{}' is missing, without which there is no such network", path)
            .with_hint("it is a part of minc: install the suite whole");
    return path;
}

/// Said here, before anything is made: the kernel's and libnftables' own words would be many.
void check_may_make_networks() {
    const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> own(
        cap_get_proc(), [](void* capabilities) { return cap_free(capabilities); });
    cap_flag_value_t has = CAP_CLEAR;
    if (own) cap_get_flag(own.get(), CAP_NET_ADMIN, CAP_EFFECTIVE, &has);
    if (has != CAP_SET)
        throw Error("making the container's network: not permitted without CAP_NET_ADMIN");
}

/// In the new process.
[[noreturn]] void become_guard(const std::string& path, int socket,
                               const std::vector<std::string>& words) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // The terminal's ^C is for the command.
    setsid();
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (dup2(socket, STDIN_FILENO) == -1 || dup2(null.get(), STDOUT_FILENO) == -1) _exit(125);
    std::vector<const char*> argv = {"minc-dens"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    if (log_level() == LogLevel::kDebug) argv.push_back("--debug");
    argv.push_back(nullptr);
    const char* environment[] = {nullptr};
    close_descriptors_but({});
    execve(path.c_str(), const_cast<char**>(argv.data()), const_cast<char**>(environment));
    _exit(127);
}

/// Starts the program with these words; the socket to it.
Fd start_program(const std::vector<std::string>& words, const container::Network& network) {
    const std::string path = program();
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    Fd mine(sockets[0]);
    const Fd theirs(sockets[1]);
    Child child = Child::clone(0, [&]() -> int { become_guard(path, theirs.get(), words); });
    debug("started minc-dens as pid {}", child.pid());
    child.release();
    const std::string text = to_text(network);
    check(send(mine.get(), text.data(), text.size(), MSG_NOSIGNAL), "talking to minc-dens");
    return mine;
}

}  // namespace

NetworkGuard NetworkGuard::start(const container::Network& network) {
    check_may_make_networks();
    return NetworkGuard(start_program({"guard"}, network), network);
}

void NetworkGuard::connect(pid_t pid) {
    Fd network_namespace(
        check(open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY | O_CLOEXEC),
              "opening the network namespace of the container"));
    try {
        container::send_descriptor(socket_.get(), 'n', network_namespace.get());
    } catch (const SysError& error) {
        if (error.code() != EPIPE) throw;  // it has failed, and has said why
    }
    if (network_.kind == container::NetworkKind::kInterface)
        namespace_ = std::move(network_namespace);
}

std::string NetworkGuard::receive() {
    std::string message(std::size_t{64} << 10, '\0');  // it says a line
    ssize_t got;
    do got = recv(socket_.get(), message.data(), message.size(), 0);
    // Reset: it ended with something of ours unread; its own last word comes next.
    while (got == -1 && (errno == EINTR || errno == ECONNRESET));
    message.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return message;
}

void NetworkGuard::wait_until_ready() {
    const std::string answer = receive();
    if (answer.starts_with(kReady)) {
        state_ = answer.substr(kReady.size());
        return;
    }
    socket_.reset();  // it has ended by itself
    constexpr std::string_view kFailed = "failed";
    if (!answer.starts_with(kFailed))
        throw Error("making the container's network: minc-dens has ended without a word");
    const std::size_t end = std::min(answer.find('\n'), answer.size());
    const std::string hint = end < answer.size() ? answer.substr(end + 1) : "";
    throw Error("{}", answer.substr(kFailed.size(), end - kFailed.size())).with_hint(hint);
}

void NetworkGuard::end() {
    if (!socket_) return;
    constexpr std::string_view kEnded = "ended";
    [[maybe_unused]] const ssize_t put = send(socket_.get(), "end", 3, MSG_NOSIGNAL);
    // What it has said before nobody may have heard: the container failed earlier.
    std::string answer = receive();
    if (answer.starts_with(kReady)) answer = receive();
    socket_.reset();
    if (answer.starts_with("failed")) return;
    if (answer.empty() && !state_.empty())
        return_interface();
    else if (!answer.starts_with(kEnded))
        warning(
            "minc-dens was killed: 'marten gc' removes what is left of the container's network");
    else if (answer != kEnded)
        warning("taking the container's network away: {}", answer.substr(kEnded.size()));
}

void NetworkGuard::return_interface() {
    try {
        socket_ = start_program({"return", state_}, network_);
        container::send_descriptor(socket_.get(), 'n', namespace_.get());
        if (const std::string answer = receive(); answer != "ended")
            throw Error("{}", answer.substr(std::min<std::size_t>(5, answer.size())));
    } catch (const Error& error) {
        warning("giving the interface '{}' back: {}", network_.name, error.what());
    }
    socket_.reset();
}

std::string sweep_by_guard(const std::string& lines) {
    const CommandResult result = run_command({program(), "sweep"}, lines, std::chrono::seconds(20));
    if (result.status != 0)
        throw Error("removing what is left of networks: {}", printable(result.errors));
    return result.output;
}

}  // namespace mincs::run
