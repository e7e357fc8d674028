// See held_ports.hh.
#include "tools/minc-dens/held_ports.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstring>

#include "libcore/base/subnet.hh"

namespace mincs::dens {
namespace {

constexpr int kBacklog = 128;

union SocketAddress {
    sockaddr any;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
};

Fd hold(const container::PublishedPort& published, int family, int port) {
    Fd socket(::socket(family, (published.udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
    if (!socket && errno == EAFNOSUPPORT && published.address.empty()) return {};
    check(socket.get(), "opening a socket for the port {}", port);
    const int on = 1;
    SocketAddress address = {};
    socklen_t size = sizeof address.ipv4;
    if (family == AF_INET) {
        address.ipv4.sin_family = AF_INET;
        address.ipv4.sin_port = htons(static_cast<std::uint16_t>(port));
        inet_pton(AF_INET, published.address.c_str(), &address.ipv4.sin_addr);
    } else {
        size = sizeof address.ipv6;
        setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        address.ipv6.sin6_family = AF_INET6;
        address.ipv6.sin6_port = htons(static_cast<std::uint16_t>(port));
        inet_pton(AF_INET6, published.address.c_str(), &address.ipv6.sin6_addr);
    }
    const bool listens = !published.udp;
    if (listens) {
        // A connection of a server that has just ended (TIME_WAIT) does not count; one that listens
        // does.
        setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    const bool is_held = bind(socket.get(), &address.any, size) == 0 &&
                         (!listens || listen(socket.get(), kBacklog) == 0);
    if (is_held) return socket;
    const int code = errno;
    const char* protocol = published.udp ? "udp" : "tcp";
    if (code == EADDRINUSE)
        throw Error("publishing {}: the host's port {}/{} is taken", to_text(published), port,
                    protocol);
    if (code == EADDRNOTAVAIL)
        throw Error("publishing {}: the host has no address {}", to_text(published),
                    published.address);
    if (code == EACCES)
        throw Error("publishing {}: the host's port {}/{} is for root only", to_text(published),
                    port, protocol)
            .with_hint("net.ipv4.ip_unprivileged_port_start says from which one on it is not");
    throw SysError(code, "publishing {}: binding the port {}/{}", to_text(published), port,
                   protocol);
}

void allow_descriptors() {
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

std::vector<HeldPort> hold_ports(const std::vector<container::PublishedPort>& ports) {
    if (!ports.empty()) allow_descriptors();
    std::vector<HeldPort> held;
    for (const container::PublishedPort& port : ports) {
        const AddressKind kind = address_kind(port.address);
        for (int i = 0; i < port.count; ++i) {
            const auto inside = static_cast<std::uint16_t>(port.port + i);
            for (const bool ipv6 : {false, true}) {
                if (kind == (ipv6 ? AddressKind::kIpv4 : AddressKind::kIpv6)) continue;
                Fd socket = hold(port, ipv6 ? AF_INET6 : AF_INET, port.host_port + i);
                if (socket) held.push_back({std::move(socket), port.udp, ipv6, inside});
            }
        }
    }
    return held;
}

}  // namespace mincs::dens
