// See probe.hh.
#include "tools/minc-dens/probe.hh"

#include "tools/minc-dens/firewall.hh"
#include "tools/minc-dens/namespace_lock.hh"
#include "tools/minc-dens/netlink.hh"

namespace mincs::dens {

void probe_networks() {
    constexpr unsigned kMtu = 1500;
    container::Network network;
    network.bridge = "mincbr0";
    network.table = "mincs";
    network.subnet4 = "192.0.2.0/24";
    network.subnet6 = "2001:db8::/64";
    network.gateway4 = "192.0.2.1";
    const Netlink netlink;
    netlink.add_bridge(network.bridge, "", kMtu);
    const auto bridge = netlink.find(network.bridge);
    if (!bridge) throw Error("the bridge that was made is not there");
    const Fd own = open_own_namespace();
    netlink.add_pair({"minc-probe", ""}, bridge->index, {"eth0", ""}, own.get(), kMtu);
    Firewall firewall;
    firewall.make_table(network);
}

}  // namespace mincs::dens
