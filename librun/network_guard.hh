// minc-dens, the program that makes a container's network and takes it away again
// (tools/minc-dens/guard.hh), as minc and marten see it: a process that goes on until it is told
// that the container has ended, or until whoever started it is no more.
#pragma once

#include <sys/types.h>

#include <string>

#include "libcore/base/fd.hh"
#include "libcore/container/network.hh"

namespace mincs::run {

/// Withdraws the network when it goes, without waiting for it.
class NetworkGuard {
 public:
    /// The guard begins at once with what it can do before there is a container. Throws Error where
    /// the program is not installed.
    static NetworkGuard start(const container::Network& network);

    /// Hands over the network namespace of this process. Does not wait.
    void connect(pid_t pid);
    /// Waits until the network is there. Throws Error with what failed.
    void wait_until_ready();
    /// The container has ended: waits until ports and addresses are free for others. What went
    /// wrong is a warning.
    void end();

 private:
    explicit NetworkGuard(Fd socket) : socket_(std::move(socket)) {}
    std::string receive();
    Fd socket_;
};

/// Has minc-dens remove what nobody uses; `lines` as tools/minc-dens/guard.hh wants them. The
/// bridges that stay, a line each.
std::string sweep_by_guard(const std::string& lines);

}  // namespace mincs::run
