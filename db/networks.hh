// Networks and the addresses of their containers, as rows. An address is leased in one transaction,
// so however many containers start at once none gets another's. A lease is good while its
// container's lock is held: what a kill left is taken by the next one that leases.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/store.hh"
#include "libcore/base/subnet.hh"

namespace mincs::db {

/// MINCS's name for the network that is there without being made.
inline constexpr const char* kDefaultNetwork = "dens";
inline constexpr const char* kDefaultSubnet = "192.168.139.0/24";

struct Network {
    std::string name;
    std::string bridge;  ///< the host's interface: "mincbr0", "mincbr1"
    Subnet subnet4;
    Subnet subnet6;
    bool internal = false;        ///< nothing of it gets out
    std::int64_t created_at = 0;  ///< seconds since the epoch
};

struct Lease {
    std::string container_id;
    std::string network;
    std::uint32_t number = 0;         ///< of its address in both subnets; 1 is the host's
    std::string names;                ///< by which the others reach it, separated by blanks
    std::filesystem::path directory;  ///< the container's, whose lock tells whether it lives
};

/// Throws UsageError for a name that is none, Error where it is taken or a subnet overlaps another
/// network's. An absent subnet is chosen. `is_taken` says of a bridge's name whether the host has
/// it.
Network create_network(Store& store, std::string_view name, std::optional<Subnet> subnet4,
                       std::optional<Subnet> subnet6, bool internal,
                       const std::function<bool(const std::string&)>& is_taken);
/// By name.
std::optional<Network> find_network(Store& store, std::string_view name);
/// Error where there is none.
Network get_network(Store& store, std::string_view name);
std::vector<Network> list_networks(Store& store);
/// Error where a container that lives is in it.
void remove_network(Store& store, const Network& network);

/// The number that `lease` asks for is the network's next free one. In the same transaction the
/// leases of containers that are no more go, and the network's hosts file is written. Error where
/// all addresses are taken. `is_any_dead`: leases have gone so.
Lease take_lease(Store& store, const Network& network, Lease lease, bool& is_any_dead);
/// Gives it back; the hosts file knows it no more. None is fine.
void end_lease(Store& store, std::string_view container_id);
/// Another name in the hosts file, for a container that has a lease.
void rename_lease(Store& store, std::string_view container_id, const std::string& names);
/// Of a network's, those of the dead too.
std::size_t count_leases(Store& store, std::string_view network);
/// Of containers that live, by number; the dead ones' go. In a transaction of the caller's.
std::vector<Lease> forget_dead_leases(Store& store, std::string_view network);

/// What a network's hosts file says. "localhost" is nobody's name but everybody's own.
std::string hosts_text(const Network& network, const std::vector<Lease>& leases);
/// Replaces what a file says that is mounted in containers: in place, as they see this very file,
/// and by one write; where the text became shorter, empty lines fill it up.
void rewrite_in_place(const std::filesystem::path& path, std::string text);

}  // namespace mincs::db
