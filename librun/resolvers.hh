// Name servers: what the host's /etc/resolv.conf says, and what of it a container in a network of
// its own can use. A server on the host's loopback means the container's own there; it is asked
// through the host's address on the bridge instead, and minc-dens's rules lead that to the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libcore/container/network.hh"

namespace mincs::run {

struct Resolvers {
    std::vector<std::string> servers;  ///< addresses; none: the resolver asks 127.0.0.1
    std::vector<std::string> rest;     ///< other lines: search, options
};

/// resolv.conf(5). What is no address is left out.
Resolvers parse_resolvers(std::string_view text);
/// The host's. Where they are systemd-resolved's stub, which answers on the loopback interface
/// only, those that it asks itself.
Resolvers host_resolvers();
/// The first IPv4 server on a loopback address, if there is one; for ::1, 127.0.0.1.
std::string loopback_resolver(const Resolvers& resolvers);
/// A container's resolv.conf. In an internal network nobody is asked: a query can carry anything
/// out.
std::string resolvers_text(const Resolvers& resolvers, const container::Network& network);

}  // namespace mincs::run
