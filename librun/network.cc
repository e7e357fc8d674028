// See network.hh.
#include "librun/network.hh"

#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <filesystem>

#include "db/images.hh"
#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "librun/network_guard.hh"
#include "librun/resolvers.hh"
#include "librun/spec_file.hh"

namespace mincs::run {
namespace {

using container::NetworkKind;
using Mode = NetworkRequest::Mode;

constexpr const char* kHostsFile = "/etc/hosts";
constexpr const char* kResolversFile = "/etc/resolv.conf";

container::Mount file_mount(const char* destination, const std::string& source) {
    return {destination, "bind", source, {"ro", "nosuid", "nodev", "noexec"}};
}

/// What follows `prefix`; nothing where the text does not begin with it.
std::optional<std::string> after(const std::string& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return std::nullopt;
    std::string rest = text.substr(prefix.size());
    if (rest.empty()) throw UsageError("'--net {}' names nothing", text);
    return rest;
}

void check_is_network_namespace(const Fd& file, const std::string& path) {
    if (ioctl(file.get(), NS_GET_NSTYPE) != CLONE_NEWNET)
        throw Error("'{}' is no network namespace", printable(path));
}

/// A container's network by the namespace of its pid 1, which must still be the same process then.
NetworkChoice join_container(db::Store& store, container::Network network) {
    const db::Container other = db::get_container(store, network.name);
    const std::string label = other.name.empty() ? db::short_id(other.id) : other.name;
    if (!other.running || other.pid == 0)
        throw Error("the container '{}' does not run: it has no network to join", label)
            .with_hint(fmt::format("'marten start {}' runs it", label));
    const container::ContainerSpec spec = read_spec(store.layout(), other, false);
    NetworkChoice choice;
    for (const container::Mount& mount : spec.mounts)
        if (mount.destination == kHostsFile || mount.destination == kResolversFile)
            choice.files.push_back(mount);
    if (!(spec.linux.namespaces & CLONE_NEWNET)) return choice;  // the host's, as the other has it
    const std::string path = fmt::format("/proc/{}/ns/net", other.pid);
    choice.joined = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto& record = other.last_run;
    if (!choice.joined || !open_process(static_cast<pid_t>(other.pid), record->init.start_time))
        throw Error("the container '{}' has ended meanwhile", label);
    network.name = other.id;
    choice.namespaces = CLONE_NEWNET;
    choice.network = std::move(network);
    return choice;
}

NetworkChoice join_namespace(container::Network network) {
    NetworkChoice choice;
    network.name = std::filesystem::absolute(network.name);
    choice.joined = Fd(check(open(network.name.c_str(), O_RDONLY | O_CLOEXEC),
                             "opening the network namespace '{}'", printable(network.name)));
    check_is_network_namespace(choice.joined, network.name);
    choice.namespaces = CLONE_NEWNET;
    choice.network = std::move(network);
    return choice;
}

db::Network find_or_make(db::Store& store, const std::string& name) {
    if (auto network = db::find_network(store, name)) return std::move(*network);
    if (name != db::kDefaultNetwork)
        throw UsageError("'{}' is no network", printable(name))
            .with_hint(
                "host, none, raw[,INTERFACE], dens, container:ID, netns:FILE, or one of 'marten "
                "network ls'");
    try {
        return db::create_network(store, name, {}, {}, false, is_interface);
    } catch (const Error&) {
        // Somebody else may have been faster.
        if (auto network = db::find_network(store, name)) return std::move(*network);
        throw;
    }
}

NetworkChoice join_bridge(db::Store& store, container::Network network) {
    const db::Network found = find_or_make(store, network.name);
    if (found.internal && !network.ports.empty())
        throw UsageError("the network '{}' is internal: nothing can be published from it",
                         found.name);
    NetworkChoice choice;
    choice.namespaces = CLONE_NEWNET;
    choice.loopback = true;
    choice.files = {file_mount(kHostsFile, store.layout().network_hosts(found.name)),
                    file_mount(kResolversFile, store.layout().network_resolvers(found.name))};
    container::Network described = describe(store, found);
    described.ports = std::move(network.ports);
    choice.network = std::move(described);
    return choice;
}

NetworkChoice choose_special(db::Store& store, const container::Network& network) {
    switch (network.kind) {
        case NetworkKind::kBridge:
            return join_bridge(store, network);
        case NetworkKind::kContainer:
            return join_container(store, network);
        case NetworkKind::kNamespace:
            return join_namespace(network);
        case NetworkKind::kInterface:
            break;
    }
    NetworkChoice choice;
    choice.namespaces = CLONE_NEWNET;
    choice.network = network;
    return choice;
}

}  // namespace

NetworkRequest parse_network(const std::string& text) {
    NetworkRequest request;
    request.is_said = true;
    request.mode = text == "host" ? Mode::kHost : text == "none" ? Mode::kNone : Mode::kRaw;
    if (text == "host" || text == "none" || text == "raw") return request;
    request.mode = Mode::kSpecial;
    container::Network& network = request.special;
    if (const auto interface = after(text, "raw,")) {
        if (interface->size() >= IFNAMSIZ || interface->find('/') != std::string::npos)
            throw UsageError("'{}' is no interface's name", printable(*interface));
        network.kind = NetworkKind::kInterface;
        network.name = *interface;
    } else if (const auto id = after(text, "container:")) {
        network.kind = NetworkKind::kContainer;
        network.name = *id;
    } else if (const auto path = after(text, "netns:")) {
        network.kind = NetworkKind::kNamespace;
        network.name = *path;
    } else {
        network.kind = NetworkKind::kBridge;
        network.name = text;
    }
    return request;
}

NetworkRequest complete(const NetworkRequest& typed,
                        const std::optional<container::ContainerSpec>& last) {
    NetworkRequest request = typed.is_said || !last ? typed : request_of(*last);
    if (typed.ports.empty()) return request;
    if (request.mode != Mode::kSpecial || request.special.kind != NetworkKind::kBridge)
        throw UsageError("-p publishes ports of a container on a bridge")
            .with_hint("add '--net dens'");
    request.special.ports = typed.ports;
    return request;
}

NetworkChoice choose_network(db::Store& store, const NetworkRequest& request) {
    if (request.mode == Mode::kSpecial) return choose_special(store, request.special);
    NetworkChoice choice;
    if (request.mode != Mode::kHost) choice.namespaces = CLONE_NEWNET;
    choice.loopback = request.mode == Mode::kNone;
    // Where the network is the host's, its names are too.
    if (request.mode == Mode::kHost)
        for (const char* file : {kResolversFile, kHostsFile})
            if (std::filesystem::exists(file)) choice.files.push_back(file_mount(file, file));
    return choice;
}

NetworkRequest request_of(const container::ContainerSpec& spec) {
    NetworkRequest request;
    if (spec.linux.network) {
        request.mode = Mode::kSpecial;
        request.special = *spec.linux.network;
    } else if (spec.linux.namespaces & CLONE_NEWNET) {
        request.mode = spec.linux.loopback ? Mode::kNone : Mode::kRaw;
    }
    return request;
}

std::string network_names(std::string_view name, std::string_view id) {
    const std::string short_id(db::short_id(id));
    return name.empty() ? short_id : fmt::format("{} {}", name, short_id);
}

void lease_address(db::Store& store, container::ContainerSpec& spec,
                   const db::ContainerDirectory& directory) {
    if (!spec.linux.network || spec.linux.network->kind != NetworkKind::kBridge) return;
    container::Network& ours = *spec.linux.network;
    const db::Network network = db::get_network(store, ours.name);
    const std::string name = spec.hostname == db::short_id(spec.id) ? "" : spec.hostname;
    bool is_any_dead = false;
    const db::Lease lease =
        db::take_lease(store, network,
                       {spec.id, "", 0, network_names(name, spec.id), directory.base}, is_any_dead);
    ours.address4 = network.subnet4.address(lease.number);
    ours.address6 = network.subnet6.address(lease.number);
    ours.interface = "minc-" + spec.id.substr(0, 10);
    db::rewrite_in_place(store.layout().network_resolvers(network.name),
                         resolvers_text(host_resolvers(), ours));
    // Else a rule of the dead might lead to who has their address one day.
    if (is_any_dead) sweep_networks(store, true);
}

bool is_interface(const std::string& name) {
    return administers_network() && if_nametoindex(name.c_str()) != 0;
}

container::Network describe(const db::Store& store, const db::Network& network) {
    container::Network made;
    made.kind = NetworkKind::kBridge;
    made.name = network.name;
    made.owner = fmt::format("{} {}", store.layout().base().native(), network.name);
    made.bridge = network.bridge;
    // "mincbr0" has the table "mincs", "mincbr7" has "mincs7".
    const std::string number = network.bridge.substr(std::string_view("mincbr").size());
    made.table = "mincs" + (number == "0" ? "" : number);
    made.subnet4 = network.subnet4.text();
    made.subnet6 = network.subnet6.text();
    made.gateway4 = network.subnet4.address(1);
    made.gateway6 = network.subnet6.address(1);
    made.internal = network.internal;
    if (!network.internal) made.resolver = loopback_resolver(host_resolvers());
    return made;
}

void sweep_networks(db::Store& store, bool everything) {
    std::string lines;
    // Nobody gets an address meanwhile: what leads to none of these is dead.
    db::Transaction transaction(store.database());
    const bool is_users = has_keeper(store.layout());
    for (const db::Network& network : db::list_networks(store)) {
        const bool is_up = is_interface(network.bridge) || is_users;
        if (!is_up && !everything) continue;
        const std::vector<db::Lease> leases = db::forget_dead_leases(store, network.name);
        if (!leases.empty() && !everything) continue;
        Json living = Json::array();
        for (const db::Lease& lease : leases) {
            living.push_back(network.subnet4.address(lease.number));
            living.push_back(network.subnet6.address(lease.number));
        }
        lines += dump_json({{"network", to_text(describe(store, network))}, {"living", living}});
        lines += '\n';
    }
    if (!lines.empty()) {
        auto left = sweep_by_keeper(store.layout(), lines);
        if (!left && administers_network()) left = sweep_by_guard(lines);
        if (left)
            debug("swept networks; bridges that stay: {}",
                  left->empty() ? "none" : printable(*left));
    }
    transaction.commit();
}

}  // namespace mincs::run
