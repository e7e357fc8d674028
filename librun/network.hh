// minc's --net and -p: from what a person typed to the network in a ContainerSpec, to an address
// that is the container's while it runs, and to the files that tell it names. What the kernel must
// do for it minc-dens does (network_guard.hh).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/containers.hh"
#include "db/networks.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

/// Where the network is the host's, or a bare one, there is no more to say; else `special` does.
struct NetworkRequest {
    enum class Mode { kHost, kNone, kRaw, kSpecial };
    Mode mode = Mode::kHost;
    container::Network special;                   ///< its kind, name and ports
    bool is_said = false;                         ///< false: that of the last run, if there was one
    std::vector<container::PublishedPort> ports;  ///< -p
};

/// "host", "none", "raw", "raw,IF", "container:ID", "netns:PATH", or a network's name. Throws
/// UsageError.
NetworkRequest parse_network(const std::string& text);
/// `typed` for a container that ran with `last` (none: it never ran): what is not said is as it
/// was. UsageError where ports are to be published and there is no bridge.
NetworkRequest complete(const NetworkRequest& typed,
                        const std::optional<container::ContainerSpec>& last);

/// What is decided of a container's network before it has a directory.
struct NetworkChoice {
    std::uint64_t namespaces = 0;  ///< CLONE_NEWNET, or nothing: the host's
    bool loopback = false;
    std::optional<container::Network> network;
    Fd joined;                            ///< the namespace that it joins
    std::vector<container::Mount> files;  ///< /etc/hosts and /etc/resolv.conf
};
/// Looks up what the request names. UsageError where there is no such network, Error where the
/// container does not run or the file is no network namespace.
NetworkChoice choose_network(db::Store& store, const NetworkRequest& request);
/// The request that a container's last run came from.
NetworkRequest request_of(const container::ContainerSpec& spec);

/// An address in the network of `spec`, if that is a bridge; the rest of its description. For the
/// holder of the lock in `directory`.
void lease_address(db::Store& store, container::ContainerSpec& spec,
                   const db::ContainerDirectory& directory);
/// By these the others in its network reach a container.
std::string network_names(std::string_view name, std::string_view id);

/// The network as minc-dens wants to hear of it, but for what is one container's.
container::Network describe(const db::Store& store, const db::Network& network);
/// Whether the host has this interface, where bridges of ours would be among them.
bool is_interface(const std::string& name);
/// Bridges, rules and leases of containers that were killed together with their minc-dens. Where
/// there is nothing, a query and a look at the host's interfaces is all it costs.
void sweep_networks(db::Store& store, bool everything);

}  // namespace mincs::run
