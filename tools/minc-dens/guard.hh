// The life of minc-dens beside a container: it makes the network that it is told on its stdin (a
// socket), says that it is ready, and then waits. When minc says that the container has ended, or
// is gone itself without a word (kill -9), what was made goes.
#pragma once

#include <string>

namespace mincs::dens {

/// What minc and minc-dens tell each other, a message each (SOCK_SEQPACKET):
///
///     minc                                   minc-dens
///     ----                                   ---------
///     the network, as JSON         ------->  holds the ports, makes bridge and table
///     the container's namespace    ------->  connects it, publishes the ports
///                                  <-------  "ready" and its state; or "failed" with why, and ends
///     "end", or just its end       ------->  withdraws the ports
///                                  <-------  "ended", with what went wrong
///                                            takes the rest away
inline constexpr int kSocket = 0;

/// Returns the exit status.
int guard_network();

/// In the place of a guard that was killed while minc was not: gives an interface back. The network
/// and the namespace as above, and what that guard said when it was ready; "ended" is the answer.
void return_interface(const std::string& state);

/// Of networks on stdin, a JSON a line, with the addresses of those that live: what a kill of both
/// minc and minc-dens has left goes. Prints the bridges that stay, as a container is connected.
void sweep_networks();

}  // namespace mincs::dens
