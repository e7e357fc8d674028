// See bridge.hh. That a bridge is complete is told by its alias, which names its owner and is set
// last: one without it is what a killed process left.
#include "tools/minc-dens/bridge.hh"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <sstream>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "tools/minc-dens/namespace_lock.hh"

namespace mincs::dens {
namespace {

constexpr const char* kContainerInterface = "eth0";
constexpr unsigned kUsualMtu = 1500;

std::string with_prefix(const std::string& address, const std::string& subnet) {
    return address + subnet.substr(subnet.find('/'));
}

/// Locally administered, and made of the address: who has another's address later has its hardware
/// address, too, so nobody remembers a wrong one (arp(7)).
std::string hardware_address(const std::string& address4) {
    in_addr address = {};
    inet_pton(AF_INET, address4.c_str(), &address);
    const auto* byte = reinterpret_cast<const unsigned char*>(&address);
    return fmt::format("02:6d:{:02x}:{:02x}:{:02x}:{:02x}", byte[0], byte[1], byte[2], byte[3]);
}

/// An alias has 255 bytes.
std::string alias_of(const container::Network& network) {
    constexpr std::size_t kLongest = 255;
    const std::string alias = "mincs " + network.owner;
    return alias.size() <= kLongest ? alias : alias.substr(alias.size() - kLongest);
}

/// The value of a parameter below /proc/sys/net, of the network namespace that the thread is in.
std::optional<std::string> read_parameter(const std::string& name) {
    return read_file_if_exists("/proc/sys/net/" + name);
}

/// A parameter of IPv6 is not there where the kernel has none.
void set_parameter(const std::string& name, std::string_view value) {
    const std::string path = "/proc/sys/net/" + name;
    const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return;
    if (!file) throw SysError(errno, "opening '{}'", path);
    check(write(file.get(), value.data(), value.size()), "setting '{}' to {}", path, value);
}

/// The greatest group that has a number in this user namespace (user_namespaces(7)).
std::uint64_t last_group() {
    constexpr std::uint64_t kGreatest = 2147483647;
    std::istringstream map(read_file("/proc/self/gid_map"));
    std::uint64_t last = 0;
    for (std::uint64_t inside, outside, count; map >> inside >> outside >> count;)
        last = std::max(last, inside + count - 1);
    return std::min(last, kGreatest);
}

bool has_ipv6() {
    const auto disabled = read_parameter("ipv6/conf/default/disable_ipv6");
    return disabled && disabled->starts_with('0');
}

void refuse_clash(const container::Network& network, const std::vector<Route>& routes,
                  const std::vector<Link>& links) {
    for (const std::string& text : {network.subnet4, network.subnet6}) {
        const Subnet subnet = Subnet::parse(text);
        for (const Route& route : routes) {
            // A route to everywhere, or to half of everything, is how one gets out.
            if (route.to.prefix() < 4 || !route.to.overlaps(subnet)) continue;
            const auto link = std::find_if(links.begin(), links.end(),
                                           [&](const Link& it) { return it.index == route.link; });
            const std::string name = link == links.end() ? "?" : link->name;
            if (name == network.bridge) continue;
            throw Error("the network's subnet {} clashes with the host's route to {} by '{}'", text,
                        route.to.text(), name)
                .with_hint("'marten network rm' the network and 'create' it with another --subnet");
        }
    }
}

/// What goes out goes by the link of the default route, and must fit through it.
unsigned mtu_of_way_out(const std::vector<Route>& routes, const std::vector<Link>& links) {
    unsigned mtu = kUsualMtu;
    for (const Route& route : routes)
        for (const Link& link : links)
            if (route.to.prefix() == 0 && link.index == route.link && link.mtu > 0)
                mtu = std::min(mtu, link.mtu);
    return mtu;
}

/// As every bridge with NAT wants it. It stays on: others may rely on it by then.
void let_forward(const std::vector<Route>& routes) {
    const auto forwards4 = read_parameter("ipv4/ip_forward");
    if (forwards4 && forwards4->starts_with('0')) {
        debug("turning net.ipv4.ip_forward on");
        set_parameter("ipv4/ip_forward", "1");
    }
    const auto forwards6 = read_parameter("ipv6/conf/all/forwarding");
    if (!forwards6 || !forwards6->starts_with('0')) return;
    // A host that forwards does not listen to routers any more (RFC 4861, 6.2.2): it would lose its
    // own way out.
    for (const Route& route : routes) {
        if (!route.is_advertised) continue;
        warning(
            "a router tells this host its IPv6 routes, which it would not hear with "
            "net.ipv6.conf.all.forwarding on: leaving that off, so no IPv6 leaves the network");
        return;
    }
    debug("turning net.ipv6.conf.all.forwarding on");
    set_parameter("ipv6/conf/all/forwarding", "1");
}

void complete_bridge(const container::Network& network, const Link& bridge, const Netlink& netlink,
                     const std::vector<Route>& routes) {
    const std::string conf6 = "ipv6/conf/" + network.bridge + "/";
    set_parameter(conf6 + "accept_ra", "0");
    set_parameter(conf6 + "accept_dad", "0");
    set_parameter("ipv4/conf/" + network.bridge + "/route_localnet", "1");
    netlink.add_address(bridge.index, with_prefix(network.gateway4, network.subnet4));
    if (has_ipv6())
        netlink.add_address(bridge.index, with_prefix(network.gateway6, network.subnet6));
    netlink.set_up(bridge.index);
    if (!network.internal) let_forward(routes);
    netlink.set_alias(bridge.index, alias_of(network));
}

Link get_link(const Netlink& netlink, const std::string& name) {
    if (auto link = netlink.find(name)) return std::move(*link);
    throw Error("the interface '{}' has gone", name);
}

/// Inside the container's namespace.
void set_up_inside(const container::Network& network) {
    const Netlink netlink;
    const int link = get_link(netlink, kContainerInterface).index;
    const std::string conf6 = fmt::format("ipv6/conf/{}/", kContainerInterface);
    // Nobody on the bridge is a router but the host, and it does not announce itself
    // (CVE-2020-10749).
    set_parameter(conf6 + "accept_ra", "0");
    set_parameter(conf6 + "accept_dad", "0");
    // Who has no CAP_NET_RAW may ping all the same (icmp(7)).
    set_parameter("ipv4/ping_group_range", fmt::format("0 {}", last_group()));
    netlink.add_address(link, with_prefix(network.address4, network.subnet4));
    if (has_ipv6()) netlink.add_address(link, with_prefix(network.address6, network.subnet6));
    netlink.set_up(link);
    if (network.internal) return;
    netlink.add_default_route(link, network.gateway4);
    if (has_ipv6()) netlink.add_default_route(link, network.gateway6);
}

}  // namespace

Link raise_bridge(const container::Network& network, const Netlink& netlink, Firewall& firewall) {
    auto bridge = netlink.find(network.bridge);
    if (bridge && bridge->alias == alias_of(network)) return *bridge;
    if (bridge && (bridge->kind != "bridge" || !bridge->alias.empty()))
        throw Error("the interface '{}' is not of this network: it is {}", network.bridge,
                    bridge->alias.empty() ? "somebody else's"
                                          : fmt::format("that of '{}'", printable(bridge->alias)))
            .with_hint("another network has another bridge: marten network create NAME");
    debug("making the bridge {} and the table inet {}", network.bridge, network.table);
    const std::vector<Link> links = netlink.links();
    const std::vector<Route> routes = netlink.routes();
    refuse_clash(network, routes, links);
    firewall.make_table(network);
    if (!bridge) {
        // An address of its own: else it has that of one of its ports, and another one when that
        // goes.
        netlink.add_bridge(network.bridge, hardware_address(network.gateway4),
                           mtu_of_way_out(routes, links));
        bridge = get_link(netlink, network.bridge);
    }
    complete_bridge(network, *bridge, netlink, routes);
    return *bridge;
}

void connect(const container::Network& network, const Link& bridge, const Netlink& netlink,
             int network_namespace) {
    debug("connecting it to {} as {} and {}", network.bridge, network.address4, network.address6);
    // Of a run that was killed just now: the kernel takes its time.
    if (const auto old = netlink.find(network.interface)) netlink.remove(old->index);
    netlink.add_pair({network.interface, ""}, bridge.index,
                     {kContainerInterface, hardware_address(network.address4)}, network_namespace,
                     bridge.mtu);
    // It may ask for its own port at the host's address; where bridges pass their packets to the
    // firewall (br_netfilter) that goes back where it came from.
    if (!network.ports.empty()) netlink.reflect(get_link(netlink, network.interface).index);
    const InNamespace inside(network_namespace);
    set_up_inside(network);
}

void disconnect(const container::Network& network, const Netlink& netlink) {
    if (const auto link = netlink.find(network.interface)) netlink.remove(link->index);
}

bool lower_bridge(const container::Network& network, const Netlink& netlink, Firewall& firewall) {
    const auto bridge = netlink.find(network.bridge);
    const bool is_ours = bridge && (bridge->alias.empty() || bridge->alias == alias_of(network));
    if (is_ours) {
        for (const Link& link : netlink.links())
            if (link.master == bridge->index) return false;
        netlink.remove(bridge->index);
    }
    if (is_ours || !bridge) firewall.remove_table(network.table);
    return true;
}

}  // namespace mincs::dens
