// See attach.hh.
#include "libcore/container/attach.hh"

#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace mincs::container {
namespace {

/// A name of the socket that is short enough: through a descriptor of its directory.
struct SocketName {
    explicit SocketName(const std::filesystem::path& path)
        : directory(check(open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                          "opening '{}'", path.parent_path().native())) {
        const std::string name =
            fmt::format("/proc/self/fd/{}/{}", directory.get(), path.filename().native());
        address.sun_family = AF_UNIX;
        name.copy(address.sun_path, sizeof address.sun_path - 1);
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }

    Fd directory;
    sockaddr_un address = {};
};

Fd make_socket(int type) {
    return Fd(check(socket(AF_UNIX, type | SOCK_CLOEXEC, 0), "making a socket"));
}

}  // namespace

Fd listen_for_clients(const std::filesystem::path& path, int type) {
    Fd listener = make_socket(type);
    unlink(path.c_str());  // of a supervisor that was killed
    const SocketName name(path);
    check(bind(listener.get(), name.get(), sizeof name.address), "making the socket '{}'",
          path.native());
    check(listen(listener.get(), 4), "listening at '{}'", path.native());
    check(fcntl(listener.get(), F_SETFL, O_NONBLOCK), "preparing '{}'", path.native());
    return listener;
}

Fd connect_to_supervisor(const std::filesystem::path& path, int type) {
    Fd client = make_socket(type);
    const SocketName name(path);
    check(connect(client.get(), name.get(), sizeof name.address), "connecting to '{}'",
          path.native());
    return client;
}

void AttachedClients::accept(const Fd& listener) {
    Fd client(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client && clients_.size() < kMostClients) clients_.push_back(std::move(client));
}

std::vector<int> AttachedClients::descriptors() const {
    std::vector<int> all;
    for (const Fd& client : clients_) all.push_back(client.get());
    return all;
}

void AttachedClients::receive(int client, int master) {
    char buffer[kAttachMessage];
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got == -1 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return drop(client);
    const std::string_view body(buffer + 1, static_cast<std::size_t>(got) - 1);
    winsize size;
    if (buffer[0] == kTypedMessage) typed_ += body;
    if (buffer[0] != kWindowMessage || body.size() != sizeof size) return;
    std::memcpy(&size, body.data(), sizeof size);
    ioctl(master, TIOCSWINSZ, &size);
}

void AttachedClients::show(std::string_view bytes) {
    for (const int client : descriptors()) {
        const ssize_t sent = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == -1 && errno != EINTR) drop(client);
    }
}

void AttachedClients::drop(int client) {
    std::erase_if(clients_, [&](const Fd& each) { return each.get() == client; });
}

}  // namespace mincs::container
