// A network's bridge, and a container's connection to it: what the host has of a network while a
// container is in it. Everything here runs in the host's network namespace; the caller holds the
// NamespaceLock where it says so.
#pragma once

#include "libcore/container/network.hh"
#include "tools/minc-dens/firewall.hh"
#include "tools/minc-dens/netlink.hh"

namespace mincs::dens {

/// Makes the network's bridge and table where they are not there: addresses, forwarding, rules.
/// Under the lock. Throws Error where the host has a route to one of its addresses, or the bridge
/// is somebody else's.
Link raise_bridge(const container::Network& network, const Netlink& netlink, Firewall& firewall);

/// Gives the container's namespace its end of a pair, with addresses and routes. Under the lock:
/// the bridge has a port then, and stays.
void connect(const container::Network& network, const Link& bridge, const Netlink& netlink,
             int network_namespace);

/// Takes the connection away, if the end of the container's namespace has not done so.
void disconnect(const container::Network& network, const Netlink& netlink);

/// Removes the bridge and the table where no container is connected. Under the lock. False: one is.
bool lower_bridge(const container::Network& network, const Netlink& netlink, Firewall& firewall);

}  // namespace mincs::dens
