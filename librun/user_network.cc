// See user_network.hh.
#include "librun/user_network.hh"

#include <sched.h>
#include <sys/socket.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/attach.hh"
#include "libcore/container/console.hh"
#include "libcore/container/user_namespace.hh"
#include "librun/dens_program.hh"

namespace mincs::run {
namespace {

constexpr std::string_view kFailed = "failed";
constexpr std::string_view kSwept = "swept";
constexpr int kMostTries = 3;

/// One message; empty at the end, also where it is not a peaceful one.
std::string receive_text(const Fd& socket, int flags) {
    std::string text(std::size_t{64} << 10, '\0');
    ssize_t got;
    do got = recv(socket.get(), text.data(), text.size(), flags);
    while (got == -1 && errno == EINTR);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
}

/// An empty one where nobody listens.
Fd connect_to_keeper(const db::Layout& layout) {
    try {
        return container::connect_to_supervisor(layout.keeper());
    } catch (const SysError& error) {
        if (error.code() != ECONNREFUSED && error.code() != ENOENT) throw;
        return {};
    }
}

/// It accepts when it has a network, and whoever connects waits for that.
void start_keeper(const db::Layout& layout) {
    const Fd listener = container::listen_for_clients(layout.keeper());
    start_dens({"keep"}, {{listener.get(), STDIN_FILENO}});
}

}  // namespace

bool UserNetwork::receive() {
    const std::string answer = receive_text(keeper_, MSG_PEEK);
    if (answer.empty()) return false;
    if (answer.starts_with(kFailed)) {
        const std::size_t end = std::min(answer.find('\n'), answer.size());
        Error error("{}", answer.substr(kFailed.size(), end - kFailed.size()));
        if (end + 1 < answer.size()) error.with_hint(answer.substr(end + 1));
        throw error;
    }
    char what = 0;
    user_ = container::receive_descriptor(keeper_.get(), what);
    network_ = container::receive_descriptor(keeper_.get(), what);
    return user_ && network_;
}

UserNetwork UserNetwork::open(const db::Layout& layout) {
    make_directories(layout.networks(), 0755);
    UserNetwork network;
    for (int i = 0; i < kMostTries; ++i) {
        {
            const FileLock lock = FileLock::acquire(layout.keeper_lock());
            network.keeper_ = connect_to_keeper(layout);
            if (!network.keeper_) {
                start_keeper(layout);
                network.keeper_ = container::connect_to_supervisor(layout.keeper());
            }
        }
        if (network.receive()) return network;
        // It was just ending, as nobody had needed it for a while; or it has failed for another.
    }
    throw Error("making the container's network: its keeper, minc-dens, has ended without a word");
}

void UserNetwork::enter() const {
    debug("entering the user namespace that the networks' bridges are in");
    container::join_user_namespace(user_.get());
    container::become_root_of_joined_namespace();
}

Fd UserNetwork::make_network_namespace() {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    const Fd mine(sockets[0]);
    Fd theirs(sockets[1]);
    Child child = Child::clone(CLONE_NEWNET, [&] {
        const Fd own(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        if (own) container::send_descriptor(theirs.get(), 'n', own.get());
        return own ? 0 : 1;
    });
    theirs.reset();
    char what = 0;
    Fd made = container::receive_descriptor(mine.get(), what);
    child.wait();
    if (!made) throw Error("making a network namespace: its process has ended without a word");
    return made;
}

std::optional<std::string> sweep_by_keeper(const db::Layout& layout, const std::string& lines) {
    const Fd keeper = connect_to_keeper(layout);
    if (!keeper) return std::nullopt;
    const std::string message = "sweep" + lines;
    check(send(keeper.get(), message.data(), message.size(), MSG_NOSIGNAL),
          "talking to the networks' keeper");
    for (;;) {
        // The namespaces, which it gives to everybody, come first.
        const std::string answer = receive_text(keeper, 0);
        if (answer.empty()) return std::nullopt;  // it was just ending
        if (answer.starts_with(kSwept)) return answer.substr(kSwept.size());
        if (answer.starts_with(kFailed))
            throw Error("removing what is left of networks: {}",
                        printable(answer.substr(kFailed.size())));
    }
}

bool has_keeper(const db::Layout& layout) {
    return static_cast<bool>(connect_to_keeper(layout));
}

}  // namespace mincs::run
