// marten network create, ls, rm, inspect: networks as rows. Of the host they have something only
// while a container is in them (tools/minc-dens).
#include <cstdio>

#include "db/networks.hh"
#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "librun/network.hh"
#include "librun/network_guard.hh"
#include "tools/marten/age.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

std::vector<db::Lease> leases_of(db::Store& store, const db::Network& network) {
    db::Transaction transaction(store.database());
    return db::forget_dead_leases(store, network.name);
}

Json describe(db::Store& store, const db::Network& network) {
    Json containers = Json::array();
    for (const db::Lease& lease : leases_of(store, network))
        containers.push_back({{"id", lease.container_id},
                              {"names", lease.names},
                              {"address4", network.subnet4.address(lease.number)},
                              {"address6", network.subnet6.address(lease.number)}});
    // An ordinary user's bridges are out of sight: up while somebody is there.
    const bool is_up =
        run::administers_network() ? run::is_interface(network.bridge) : !containers.empty();
    return {{"name", network.name},
            {"bridge", network.bridge},
            {"subnet4", network.subnet4.text()},
            {"subnet6", network.subnet6.text()},
            {"gateway4", network.subnet4.address(1)},
            {"gateway6", network.subnet6.address(1)},
            {"internal", network.internal},
            {"created_at", network.created_at},
            {"up", is_up},
            {"containers", containers}};
}

}  // namespace

void execute(const NetworkCreate& options, const StopSignals&) {
    std::optional<Subnet> subnet4, subnet6;
    for (const std::string& text : options.subnets) {
        const Subnet subnet = Subnet::parse(text);
        std::optional<Subnet>& place = subnet.is_ipv6() ? subnet6 : subnet4;
        if (place)
            throw UsageError("two subnets of one family: '{}' and '{}'", place->text(), text);
        place = subnet;
    }
    db::Store store = open_for_writing();
    const db::Network made = db::create_network(store, options.name, subnet4, subnet6,
                                                options.internal, run::is_interface);
    debug("the network '{}' has the bridge {}, {} and {}", made.name, made.bridge,
          made.subnet4.text(), made.subnet6.text());
    std::puts(made.name.c_str());
}

void execute(const NetworkList& options, const StopSignals&) {
    Listing list({{"name", "name"},
                  {"bridge", "bridge"},
                  {"subnet4", "subnet4"},
                  {"subnet6", "subnet6"},
                  {"internal", "internal"},
                  {"containers", "containers"},
                  {"age", "created_at"}},
                 options.format);
    db::Store store = open_for_reading();
    for (const db::Network& network : db::list_networks(store)) {
        const auto count = static_cast<std::int64_t>(leases_of(store, network).size());
        list.add({network.name,
                  network.bridge,
                  network.subnet4.text(),
                  network.subnet6.text(),
                  {network.internal ? "yes" : "no", network.internal},
                  {std::to_string(count), count},
                  {age_since(network.created_at), network.created_at}});
    }
    list.finish();
}

void execute(const NetworkRemove& options, const StopSignals&) {
    db::Store store = open_for_writing();
    std::vector<db::Network> networks;
    for (const std::string& name : options.names) networks.push_back(db::get_network(store, name));
    run::sweep_networks(store, true);
    for (const db::Network& network : networks) {
        db::remove_network(store, network);
        std::puts(network.name.c_str());
    }
}

void execute(const NetworkInspect& options, const StopSignals&) {
    db::Store store = open_for_reading();
    Json list = Json::array();
    for (const std::string& name : options.names)
        list.push_back(describe(store, db::get_network(store, name)));
    std::fputs((dump_json(list, 2) + "\n").c_str(), stdout);
}

}  // namespace mincs::marten
