// The network of a container, where that is more than the host's or a bare namespace: a plain value
// that minc's options and a lease compile into, that spec.json keeps, and that the helper program
// minc-dens makes live (tools/minc-dens, MINCS's minc-dens). Addresses are text, as everywhere they
// go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::container {

/// In an ordinary user's networks: the address that leads to the host's first name server
/// (tools/minc-dens/way_out.hh).
inline constexpr const char* kOutsideResolver = "169.254.77.3";

/// A port, or several in a row, of the host that lead to the container's.
struct PublishedPort {
    std::string address;  ///< of the host; empty: all of them
    std::uint16_t host_port = 0;
    std::uint16_t port = 0;
    std::uint16_t count = 1;
    bool udp = false;
};

/// "[IP:]HOSTPORT[-LAST]:PORT[-LAST][/tcp|/udp]", an IPv6 address in brackets. Throws UsageError.
PublishedPort parse_port(const std::string& text);
/// The same text again, with the protocol.
std::string to_text(const PublishedPort& port);

enum class NetworkKind {
    kBridge,     ///< a network of marten's: a bridge with other containers
    kInterface,  ///< a bare one with an interface of the host, lent
    kContainer,  ///< another container's
    kNamespace   ///< one that is there, by its file
};

struct Network {
    NetworkKind kind = NetworkKind::kBridge;
    std::string name;  ///< the network's, the interface's, the container's ID, the file's path

    // ---- of a bridge only; what the network is ----
    std::string owner;     ///< whose bridge it is: the store's path and the network's name
    std::string bridge;    ///< "mincbr0"
    std::string table;     ///< of nftables, family inet: "mincs"
    std::string subnet4;   ///< "192.168.139.0/24"
    std::string subnet6;   ///< "fd12:3456:789a::/64"
    std::string gateway4;  ///< the host's address in it
    std::string gateway6;
    bool internal = false;  ///< nothing gets out
    /// A name server of the host that only the host reaches (127.0.0.53): asked through gateway4.
    std::string resolver;

    // ---- and what of it is the container's ----
    std::string interface;  ///< the host's end of the pair: "minc-0123456789"
    std::string address4;
    std::string address6;
    std::vector<PublishedPort> ports;
};

/// As JSON, for spec.json and for minc-dens; and the way back. Throws Error naming `what`.
std::string to_text(const Network& network);
Network parse_network(std::string_view text, std::string_view what);

}  // namespace mincs::container
