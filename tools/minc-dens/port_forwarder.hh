// What the firewall's rules cannot lead to a container is carried there, byte by byte: from ::1 of
// the host, for which the kernel knows no other way, and, in an ordinary user's network, from all
// addresses of the host, on which he has no rules. The container sees the host's address on the
// bridge as the one that asks.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/minc-dens/event_loop.hh"
#include "tools/minc-dens/held_ports.hh"

namespace mincs::dens {

/// An address and a port, as bind(2) and connect(2) want them.
struct Endpoint {
    sockaddr_storage address = {};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};
/// `address` is one of either family, as text.
Endpoint make_endpoint(const std::string& address, std::uint16_t port);

/// Where a port leads to, in the order in which they are tried: a server listens for one family, or
/// for both.
using Targets = std::vector<Endpoint>;

class UdpRelay;

class PortForwarder {
 public:
    /// Takes the ports over. In the network namespace in which the container's addresses are
    /// reached.
    PortForwarder(std::vector<HeldPort> ports, const std::string& address4,
                  const std::string& address6);
    ~PortForwarder();
    /// Carries until there is something to read at `until`.
    void run_until_readable(int until);

 private:
    void accept(const HeldPort& port, const Targets& targets);

    EventLoop loop_;
    std::vector<HeldPort> ports_;
    std::vector<std::unique_ptr<UdpRelay>> relays_;
    std::shared_ptr<int> connections_;  ///< how many there are
};

}  // namespace mincs::dens
