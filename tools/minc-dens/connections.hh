// What the kernel remembers of connections through it (conntrack; nf_conntrack-sysctl of the
// kernel's documentation). Where a packet is led is decided for the first one of a connection
// alone: somebody who sends datagrams again and again would go on to send them to a container that
// has ended, or past one that has begun.
#pragma once

#include "libcore/container/network.hh"

namespace mincs::dens {

/// Forgets what was led to the container; and, as its ports lead somewhere else from now on, the
/// datagrams that were sent to these ports of the host before and led nowhere, or to a container of
/// the network that was killed. A kernel without
/// ctnetlink is left as it is, which debug() tells.
void forget_connections(const container::Network& network);

}  // namespace mincs::dens
