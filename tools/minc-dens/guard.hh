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
/// An ordinary user's: the namespace that is the host to his containers, and the connection to its
/// keeper, which keeps it as long as this process has it.
inline constexpr int kUserNamespace = 3;
inline constexpr int kKeeper = 4;

/// In the caller's network, or in an ordinary user's, where the ports of the caller's lead to.
/// Returns the exit status.
int guard_network(bool is_users);

/// In the place of a guard that was killed while minc was not: gives an interface back. The network
/// and the namespace as above, and what that guard said when it was ready; "ended" is the answer.
void return_interface(const std::string& state);

/// Of these networks, a JSON a line, with the addresses of those that live: what a kill of both
/// minc and minc-dens has left goes. The bridges that stay, a line each, as a container is
/// connected.
std::string sweep_networks(const std::string& lines);

}  // namespace mincs::dens
