// The kernel's own interface to links, addresses and routes (rtnetlink(7)), through libnl-route-3:
// what the networks of containers need of it, a function each. This header and its .cc are the only
// ones that know the library.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libcore/base/subnet.hh"

struct nl_sock;

namespace mincs::dens {

struct Link {
    int index = 0;
    std::string name;
    std::string kind;   ///< "bridge", "veth"; empty for hardware
    std::string alias;  ///< a text that somebody wrote to it
    int master = 0;     ///< the bridge it is a port of
    unsigned mtu = 0;
    bool is_up = false;
};

struct Route {
    Subnet to;
    int link = 0;
    bool is_advertised = false;  ///< by a router (RFC 4861)
};

/// A route by one interface that somebody has set, in whatever table but that of local addresses.
struct SetRoute {
    std::string to;       ///< "default" or "10.0.0.0/8"
    std::string gateway;  ///< empty: none
    std::string source;   ///< the address it prefers; empty: none
    std::uint32_t table = 0;
    std::uint32_t metric = 0;
    int protocol = 0;  ///< who has set it
    int scope = 0;
};

/// One end of a pair that is to be made (veth(4)).
struct VethEnd {
    std::string name;
    std::string hardware_address;  ///< empty: a random one
};

/// Of the network namespace that the thread was in when this was made. Every function throws Error.
class Netlink {
 public:
    Netlink();
    Netlink(const Netlink&) = delete;
    ~Netlink();

    std::optional<Link> find(const std::string& name) const;
    std::vector<Link> links() const;
    /// Of the main table, both families.
    std::vector<Route> routes() const;
    /// By one link; none that the kernel, or a router's advertisement, made by itself. Those that
    /// others need to reach their gateways come first.
    std::vector<SetRoute> routes_by(int link) const;
    /// One that is there already is fine.
    void add_route(int link, const SetRoute& route) const;
    /// "192.168.139.2/24", of one link; none that the kernel gave it by itself.
    std::vector<std::string> addresses(int link) const;

    /// Down, and without an address.
    void add_bridge(const std::string& name, const std::string& hardware_address,
                    unsigned mtu) const;
    /// `here` is up and a port of `bridge`, `there` is down in the namespace of the descriptor.
    void add_pair(const VethEnd& here, int bridge, const VethEnd& there, int network_namespace,
                  unsigned mtu) const;
    /// With its prefix: "192.168.139.2/24". One that is there already is fine. An IPv6 address can
    /// be used at once: it is not asked for around whether somebody has it (RFC 4862, 5.4).
    void add_address(int link, const std::string& address) const;
    void add_default_route(int link, const std::string& gateway) const;
    void set_up(int link) const;
    void set_down(int link) const;
    void set_alias(int link, const std::string& alias) const;
    /// A port of a bridge may send back what came from it.
    void reflect(int link) const;
    /// With this name there.
    void move(int link, int network_namespace, const std::string& name) const;
    /// One that has gone is fine.
    void remove(int link) const;

 private:
    nl_sock* socket_;
};

}  // namespace mincs::dens
