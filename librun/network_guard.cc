// See network_guard.hh.
#include "librun/network_guard.hh"

#include <linux/nsfs.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <memory>

#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/console.hh"
#include "librun/dens_program.hh"

namespace mincs::run {
namespace {

constexpr std::string_view kReady = "ready";

/// Said here, before anything is made: the kernel's and libnftables' own words would be many.
void check_may_make_networks(const container::Network& network) {
    if (administers_network()) return;
    if (network.kind == container::NetworkKind::kInterface)
        throw Error("lending the interface '{}': only root of the host can", network.name);
    throw Error("making the container's network: not permitted without CAP_NET_ADMIN");
}

/// Starts the program with these words; the socket to it.
Fd start_program(const std::vector<std::string>& words, const container::Network& network,
                 const UserNetwork* user) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    Fd mine(sockets[0]);
    const Fd theirs(sockets[1]);
    std::vector<std::pair<int, int>> descriptors = {{theirs.get(), STDIN_FILENO}};
    // As tools/minc-dens/guard.hh numbers them.
    if (user)
        descriptors.insert(descriptors.end(),
                           {{user->network_namespace(), 3}, {user->keeper(), 4}});
    start_dens(words, descriptors);
    const std::string text = to_text(network);
    check(send(mine.get(), text.data(), text.size(), MSG_NOSIGNAL), "talking to minc-dens");
    return mine;
}

}  // namespace

bool administers_network() {
    const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> own(
        cap_get_proc(), [](void* capabilities) { return cap_free(capabilities); });
    cap_flag_value_t has = CAP_CLEAR;
    if (own) cap_get_flag(own.get(), CAP_NET_ADMIN, CAP_EFFECTIVE, &has);
    if (has != CAP_SET) return false;
    // In a user namespace the network may still be that of the one around it, which the kernel does
    // not show then (ioctl_ns(2)).
    const Fd network(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    return network && Fd(ioctl(network.get(), NS_GET_USERNS));
}

NetworkGuard NetworkGuard::start(const container::Network& network, const UserNetwork* user) {
    if (user) return NetworkGuard(start_program({"guard", "user"}, network, user), network);
    check_may_make_networks(network);
    return NetworkGuard(start_program({"guard"}, network, nullptr), network);
}

void NetworkGuard::connect(pid_t pid) {
    connect(Fd(check(open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY | O_CLOEXEC),
                     "opening the network namespace of the container")));
}

void NetworkGuard::connect(Fd network_namespace) {
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
        socket_ = start_program({"return", state_}, network_, nullptr);
        container::send_descriptor(socket_.get(), 'n', namespace_.get());
        if (const std::string answer = receive(); answer != "ended")
            throw Error("{}", answer.substr(std::min<std::size_t>(5, answer.size())));
    } catch (const Error& error) {
        warning("giving the interface '{}' back: {}", network_.name, error.what());
    }
    socket_.reset();
}

std::string sweep_by_guard(const std::string& lines) {
    const CommandResult result =
        run_command({dens_program(), "sweep"}, lines, std::chrono::seconds(20));
    if (result.status != 0)
        throw Error("removing what is left of networks: {}", printable(result.errors));
    return result.output;
}

}  // namespace mincs::run
