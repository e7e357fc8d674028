// See port_forwarder.hh.
#include "tools/minc-dens/port_forwarder.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libcore/base/error.hh"
#include "tools/minc-dens/tcp_relay.hh"
#include "tools/minc-dens/udp_relay.hh"

namespace mincs::dens {
namespace {

/// More wait in the sockets' own queues.
constexpr int kMostConnections = 2000;
constexpr useconds_t kPauseMicroseconds = 10'000;

}  // namespace

Endpoint make_endpoint(const std::string& address, std::uint16_t port) {
    Endpoint endpoint;
    sockaddr_in ipv4 = {};
    sockaddr_in6 ipv6 = {};
    if (inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        std::memcpy(&endpoint.address, &ipv4, endpoint.size = sizeof ipv4);
    } else if (inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr) == 1) {
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        std::memcpy(&endpoint.address, &ipv6, endpoint.size = sizeof ipv6);
    } else {
        throw Error("'{}' is no address", printable(address));
    }
    return endpoint;
}

PortForwarder::PortForwarder(std::vector<HeldPort> ports, const std::string& address4,
                             const std::string& address6)
    : ports_(std::move(ports)), connections_(std::make_shared<int>(0)) {
    for (const HeldPort& port : ports_) {
        Targets targets = {make_endpoint(address4, port.port), make_endpoint(address6, port.port)};
        if (port.ipv6) std::reverse(targets.begin(), targets.end());
        check(fcntl(port.socket.get(), F_SETFL, O_NONBLOCK), "preparing a port");
        if (port.udp)
            relays_.push_back(std::make_unique<UdpRelay>(loop_, port, targets));
        else
            loop_.watch(port.socket.get(), EPOLLIN,
                        [this, &port, targets](std::uint32_t) { accept(port, targets); });
    }
}

PortForwarder::~PortForwarder() = default;

void PortForwarder::accept(const HeldPort& port, const Targets& targets) {
    Fd client(accept4(port.socket.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    // No descriptor is left until another connection ends: not asked for in a hurry meanwhile.
    if (!client && (errno == EMFILE || errno == ENFILE)) usleep(kPauseMicroseconds);
    if (!client) return;
    // Closed at once: whoever asks so many times learns it.
    if (*connections_ < kMostConnections)
        TcpRelay::start(loop_, std::move(client), targets, connections_);
}

void PortForwarder::run_until_readable(int until) {
    loop_.run_until_readable(until, [this] {
        for (const auto& relay : relays_) relay->forget_idle();
    });
}

}  // namespace mincs::dens
