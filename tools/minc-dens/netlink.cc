// See netlink.hh.
#include "tools/minc-dens/netlink.hh"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include <algorithm>
#include <memory>

#include "libcore/base/error.hh"

namespace mincs::dens {
namespace {

struct Release {
    void operator()(nl_cache* cache) const { nl_cache_free(cache); }
    void operator()(nl_addr* address) const { nl_addr_put(address); }
    void operator()(rtnl_link* link) const { rtnl_link_put(link); }
    void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
    void operator()(rtnl_route* route) const { rtnl_route_put(route); }
};
using Cache = std::unique_ptr<nl_cache, Release>;
using Address = std::unique_ptr<nl_addr, Release>;
using LinkObject = std::unique_ptr<rtnl_link, Release>;
using AddressObject = std::unique_ptr<rtnl_addr, Release>;
using RouteObject = std::unique_ptr<rtnl_route, Release>;

template <typename... Args>
void check_netlink(int result, fmt::format_string<Args...> format, Args&&... args) {
    if (result < 0)
        throw Error("{}: {}", fmt::format(format, std::forward<Args>(args)...),
                    nl_geterror(result));
}

Address parse_address(const std::string& text, int family = AF_UNSPEC) {
    nl_addr* address = nullptr;
    check_netlink(nl_addr_parse(text.c_str(), family, &address), "reading the address '{}'", text);
    return Address(address);
}

std::string or_empty(const char* text) {
    return text ? text : "";
}

Link read_link(rtnl_link* link) {
    return {rtnl_link_get_ifindex(link),
            or_empty(rtnl_link_get_name(link)),
            or_empty(rtnl_link_get_type(link)),
            or_empty(rtnl_link_get_ifalias(link)),
            rtnl_link_get_master(link),
            rtnl_link_get_mtu(link),
            (rtnl_link_get_flags(link) & IFF_UP) != 0};
}

LinkObject link_of(int index) {
    LinkObject link(rtnl_link_alloc());
    rtnl_link_set_ifindex(link.get(), index);
    return link;
}

void describe_end(rtnl_link* link, const VethEnd& end, unsigned mtu) {
    rtnl_link_set_name(link, end.name.c_str());
    rtnl_link_set_mtu(link, mtu);
    if (!end.hardware_address.empty())
        rtnl_link_set_addr(link, parse_address(end.hardware_address, AF_LLC).get());
}

/// For each object of a cache.
template <typename Object, typename Function>
void for_each(const Cache& cache, const Function& function) {
    for (nl_object* object = nl_cache_get_first(cache.get()); object;
         object = nl_cache_get_next(object))
        function(reinterpret_cast<Object*>(object));
}

}  // namespace

Netlink::Netlink() : socket_(nl_socket_alloc()) {
    if (!socket_) throw Error("making a netlink socket: out of memory");
    const int result = nl_connect(socket_, NETLINK_ROUTE);
    if (result < 0) nl_socket_free(socket_);
    check_netlink(result, "opening a netlink socket");
}

Netlink::~Netlink() {
    nl_socket_free(socket_);
}

std::optional<Link> Netlink::find(const std::string& name) const {
    rtnl_link* found = nullptr;
    const int result = rtnl_link_get_kernel(socket_, 0, name.c_str(), &found);
    const LinkObject link(found);
    if (result == -NLE_NODEV || result == -NLE_OBJ_NOTFOUND) return std::nullopt;
    check_netlink(result, "looking for the interface '{}'", name);
    return read_link(link.get());
}

std::vector<Link> Netlink::links() const {
    nl_cache* all = nullptr;
    check_netlink(rtnl_link_alloc_cache(socket_, AF_UNSPEC, &all), "listing the interfaces");
    const Cache cache(all);
    std::vector<Link> links;
    for_each<rtnl_link>(cache, [&](rtnl_link* link) { links.push_back(read_link(link)); });
    return links;
}

std::vector<Route> Netlink::routes() const {
    nl_cache* all = nullptr;
    check_netlink(rtnl_route_alloc_cache(socket_, AF_UNSPEC, 0, &all), "listing the routes");
    const Cache cache(all);
    std::vector<Route> routes;
    for_each<rtnl_route>(cache, [&](rtnl_route* route) {
        const int family = rtnl_route_get_family(route);
        const bool is_usual = rtnl_route_get_table(route) == RT_TABLE_MAIN &&
                              rtnl_route_get_type(route) == RTN_UNICAST &&
                              rtnl_route_get_nnexthops(route) > 0;
        if (!is_usual || (family != AF_INET && family != AF_INET6)) return;
        const nl_addr* to = rtnl_route_get_dst(route);
        std::uint8_t bytes[16] = {};
        const std::size_t size = std::min<std::size_t>(nl_addr_get_len(to), sizeof bytes);
        std::copy_n(static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(to)), size, bytes);
        routes.push_back(
            {Subnet::of(family == AF_INET6, bytes, static_cast<int>(nl_addr_get_prefixlen(to))),
             rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, 0)),
             rtnl_route_get_protocol(route) == RTPROT_RA});
    });
    return routes;
}

std::vector<SetRoute> Netlink::routes_by(int link) const {
    nl_cache* all = nullptr;
    check_netlink(rtnl_route_alloc_cache(socket_, AF_UNSPEC, 0, &all), "listing the routes");
    const Cache cache(all);
    std::vector<SetRoute> routes;
    const auto text_of = [](nl_addr* address) {
        char text[128];
        return address ? std::string(nl_addr2str(address, text, sizeof text)) : "";
    };
    for_each<rtnl_route>(cache, [&](rtnl_route* route) {
        const int protocol = rtnl_route_get_protocol(route);
        if (rtnl_route_get_nnexthops(route) != 1 || rtnl_route_get_type(route) != RTN_UNICAST ||
            rtnl_route_get_table(route) == RT_TABLE_LOCAL || protocol == RTPROT_KERNEL ||
            protocol == RTPROT_RA)
            return;
        rtnl_nexthop* hop = rtnl_route_nexthop_n(route, 0);
        if (rtnl_route_nh_get_ifindex(hop) != link) return;
        const nl_addr* to = rtnl_route_get_dst(route);
        const bool is_default = nl_addr_get_prefixlen(to) == 0;
        const bool is_ipv6 = rtnl_route_get_family(route) == AF_INET6;
        routes.push_back(
            {is_default ? (is_ipv6 ? "::/0" : "0.0.0.0/0") : text_of(rtnl_route_get_dst(route)),
             text_of(rtnl_route_nh_get_gateway(hop)), text_of(rtnl_route_get_pref_src(route)),
             rtnl_route_get_table(route), rtnl_route_get_priority(route), protocol,
             rtnl_route_get_scope(route)});
    });
    std::stable_partition(routes.begin(), routes.end(),
                          [](const SetRoute& route) { return route.gateway.empty(); });
    return routes;
}

void Netlink::add_route(int link, const SetRoute& wanted) const {
    const Address to = parse_address(wanted.to);
    const RouteObject route(rtnl_route_alloc());
    rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(nl_addr_get_family(to.get())));
    check_netlink(rtnl_route_set_dst(route.get(), to.get()), "describing a route");
    rtnl_route_set_table(route.get(), wanted.table);
    rtnl_route_set_priority(route.get(), wanted.metric);
    rtnl_route_set_protocol(route.get(), static_cast<std::uint8_t>(wanted.protocol));
    rtnl_route_set_scope(route.get(), static_cast<std::uint8_t>(wanted.scope));
    if (!wanted.source.empty())
        rtnl_route_set_pref_src(route.get(), parse_address(wanted.source).get());
    rtnl_nexthop* hop = rtnl_route_nh_alloc();
    rtnl_route_nh_set_ifindex(hop, link);
    if (!wanted.gateway.empty())
        rtnl_route_nh_set_gateway(hop, parse_address(wanted.gateway).get());
    rtnl_route_add_nexthop(route.get(), hop);
    const int result = rtnl_route_add(socket_, route.get(), NLM_F_CREATE | NLM_F_EXCL);
    if (result != -NLE_EXIST) check_netlink(result, "adding the route to {}", wanted.to);
}

std::vector<std::string> Netlink::addresses(int link) const {
    nl_cache* all = nullptr;
    check_netlink(rtnl_addr_alloc_cache(socket_, &all), "listing the addresses");
    const Cache cache(all);
    std::vector<std::string> addresses;
    for_each<rtnl_addr>(cache, [&](rtnl_addr* address) {
        const bool is_made_by_kernel = rtnl_addr_get_scope(address) == RT_SCOPE_LINK ||
                                       !(rtnl_addr_get_flags(address) & IFA_F_PERMANENT);
        if (rtnl_addr_get_ifindex(address) != link || is_made_by_kernel) return;
        char text[128];
        addresses.emplace_back(nl_addr2str(rtnl_addr_get_local(address), text, sizeof text));
    });
    return addresses;
}

void Netlink::add_bridge(const std::string& name, const std::string& hardware_address,
                         unsigned mtu) const {
    const LinkObject link(rtnl_link_alloc());
    check_netlink(rtnl_link_set_type(link.get(), "bridge"), "describing a bridge");
    describe_end(link.get(), {name, hardware_address}, mtu);
    check_netlink(rtnl_link_add(socket_, link.get(), NLM_F_CREATE | NLM_F_EXCL),
                  "making the bridge '{}'", name);
}

void Netlink::add_pair(const VethEnd& here, int bridge, const VethEnd& there, int network_namespace,
                       unsigned mtu) const {
    const LinkObject link(rtnl_link_veth_alloc());
    if (!link) throw Error("describing a pair of interfaces: out of memory");
    describe_end(link.get(), here, mtu);
    rtnl_link_set_master(link.get(), bridge);
    rtnl_link_set_flags(link.get(), IFF_UP);
    const LinkObject peer(rtnl_link_veth_get_peer(link.get()));
    describe_end(peer.get(), there, mtu);
    rtnl_link_set_ns_fd(peer.get(), network_namespace);
    check_netlink(rtnl_link_add(socket_, link.get(), NLM_F_CREATE | NLM_F_EXCL),
                  "making the interface '{}'", here.name);
}

void Netlink::add_address(int link, const std::string& address) const {
    const AddressObject object(rtnl_addr_alloc());
    const Address local = parse_address(address);
    rtnl_addr_set_ifindex(object.get(), link);
    check_netlink(rtnl_addr_set_local(object.get(), local.get()), "describing an address");
    if (nl_addr_get_family(local.get()) == AF_INET6) rtnl_addr_set_flags(object.get(), IFA_F_NODAD);
    const int result = rtnl_addr_add(socket_, object.get(), NLM_F_CREATE | NLM_F_EXCL);
    if (result != -NLE_EXIST) check_netlink(result, "adding the address {}", address);
}

void Netlink::add_default_route(int link, const std::string& gateway) const {
    const Address via = parse_address(gateway);
    const int family = nl_addr_get_family(via.get());
    const RouteObject route(rtnl_route_alloc());
    rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(family));
    check_netlink(rtnl_route_set_dst(route.get(), parse_address("default", family).get()),
                  "describing a route");
    rtnl_nexthop* hop = rtnl_route_nh_alloc();
    rtnl_route_nh_set_ifindex(hop, link);
    rtnl_route_nh_set_gateway(hop, via.get());
    rtnl_route_add_nexthop(route.get(), hop);
    check_netlink(rtnl_route_add(socket_, route.get(), NLM_F_CREATE | NLM_F_EXCL),
                  "adding the route by {}", gateway);
}

void Netlink::set_up(int link) const {
    const LinkObject change(rtnl_link_alloc());
    rtnl_link_set_flags(change.get(), IFF_UP);
    check_netlink(rtnl_link_change(socket_, link_of(link).get(), change.get(), 0),
                  "setting an interface up");
}

void Netlink::set_down(int link) const {
    const LinkObject change(rtnl_link_alloc());
    rtnl_link_unset_flags(change.get(), IFF_UP);
    check_netlink(rtnl_link_change(socket_, link_of(link).get(), change.get(), 0),
                  "setting an interface down");
}

void Netlink::set_alias(int link, const std::string& alias) const {
    const LinkObject change(rtnl_link_alloc());
    rtnl_link_set_ifalias(change.get(), alias.c_str());
    check_netlink(rtnl_link_change(socket_, link_of(link).get(), change.get(), 0),
                  "naming a bridge's owner");
}

void Netlink::reflect(int link) const {
    const LinkObject change(rtnl_link_alloc());
    rtnl_link_set_ifindex(change.get(), link);
    rtnl_link_set_family(change.get(), AF_BRIDGE);
    rtnl_link_bridge_set_flags(change.get(), RTNL_BRIDGE_HAIRPIN_MODE);
    check_netlink(rtnl_link_change(socket_, change.get(), change.get(), 0),
                  "preparing a port of a bridge");
}

void Netlink::move(int link, int network_namespace, const std::string& name) const {
    const LinkObject change(rtnl_link_alloc());
    rtnl_link_set_ns_fd(change.get(), network_namespace);
    rtnl_link_set_name(change.get(), name.c_str());
    check_netlink(rtnl_link_change(socket_, link_of(link).get(), change.get(), 0),
                  "moving the interface '{}'", name);
}

void Netlink::remove(int link) const {
    const int result = rtnl_link_delete(socket_, link_of(link).get());
    if (result != -NLE_NODEV && result != -NLE_OBJ_NOTFOUND)
        check_netlink(result, "removing an interface");
}

}  // namespace mincs::dens
