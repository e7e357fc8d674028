// minc-dens, the program that makes a container's network and takes it away again
// (tools/minc-dens/guard.hh), as minc and marten see it: a process that goes on until it is told
// that the container has ended, or until whoever started it is no more.
#pragma once

#include <sys/types.h>

#include <string>

#include "libcore/base/fd.hh"
#include "libcore/container/network.hh"
#include "librun/user_network.hh"

namespace mincs::run {

/// Withdraws the network when it goes, without waiting for it.
class NetworkGuard {
 public:
    /// The guard begins at once with what it can do before there is a container: on the host, or in
    /// an ordinary user's network. Throws Error where the program is not installed.
    static NetworkGuard start(const container::Network& network, const UserNetwork* user);

    /// Hands over the network namespace of this process, or this one. Does not wait.
    void connect(pid_t pid);
    void connect(Fd network_namespace);
    /// Waits until the network is there. Throws Error with what failed.
    void wait_until_ready();
    /// The container has ended: waits until ports and addresses are free for others. What went
    /// wrong is a warning.
    void end();

 private:
    NetworkGuard(Fd socket, container::Network network)
        : socket_(std::move(socket)), network_(std::move(network)) {}
    std::string receive();
    /// Somebody has killed minc-dens: another one gives back what was lent.
    void return_interface();

    Fd socket_;
    container::Network network_;
    Fd namespace_;       ///< of an interface that is lent, which must outlive the container
    std::string state_;  ///< what minc-dens said of it
};

/// Whether the network that this process is in is its own to change. An ordinary user's never is.
bool administers_network();

/// Has minc-dens remove what nobody uses; `lines` as tools/minc-dens/guard.hh wants them. The
/// bridges that stay, a line each.
std::string sweep_by_guard(const std::string& lines);

}  // namespace mincs::run
