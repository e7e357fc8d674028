// The host's ports that lead to a container, held by sockets: the kernel refuses them to everybody
// else, containers and programs of the host alike, and frees them however the holder ends. No
// packet ever reaches these sockets; the firewall's rules come first.
#pragma once

#include <vector>

#include "libcore/base/fd.hh"
#include "libcore/container/network.hh"

namespace mincs::dens {

class HeldPorts {
 public:
    HeldPorts() = default;
    /// Throws Error where one is taken, or the host has no such address.
    explicit HeldPorts(const std::vector<container::PublishedPort>& ports);

 private:
    std::vector<Fd> sockets_;
};

}  // namespace mincs::dens
