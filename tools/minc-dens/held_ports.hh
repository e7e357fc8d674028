// The host's ports that lead to a container, held by sockets: the kernel refuses them to everybody
// else, containers and programs of the host alike, and frees them however the holder ends. Where
// the firewall's rules lead a packet to the container it never reaches these sockets; what does
// reach them PortForwarder carries on.
#pragma once

#include <vector>

#include "libcore/base/fd.hh"
#include "libcore/container/network.hh"

namespace mincs::dens {

struct HeldPort {
    Fd socket;  ///< TCP: it listens
    bool udp = false;
    bool ipv6 = false;
    std::uint16_t port = 0;  ///< the container's
};

/// In the network namespace of the caller. Throws Error where one is taken, or the host has no such
/// address.
std::vector<HeldPort> hold_ports(const std::vector<container::PublishedPort>& ports);

}  // namespace mincs::dens
