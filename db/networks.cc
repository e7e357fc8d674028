// See networks.hh.
#include "db/networks.hh"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "db/staging.hh"
#include "libcore/base/files.hh"
#include "libcore/base/units.hh"

namespace mincs::db {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr const char* kColumns =
    "SELECT name, bridge, subnet4, subnet6, internal, created_at FROM networks ";

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A directory's name as well; and it must not mean something else to minc's --net.
void check_network_name(std::string_view name) {
    bool good = !name.empty() && name.size() <= kLongestName && is_alphanumeric(name.front());
    for (const char c : name)
        good = good && (is_alphanumeric(c) || c == '_' || c == '.' || c == '-');
    if (!good)
        throw UsageError(
            "'{}' is no network's name: up to {} letters, digits, '_', '.' and '-', the first one "
            "a "
            "letter or digit",
            printable(name), kLongestName);
    for (const char* other : {"host", "none", "raw"})
        if (name == other) throw UsageError("'{}' has another meaning as a network", name);
}

Network read_network(const Statement& row) {
    return {row.text(0),
            row.text(1),
            Subnet::parse(row.text_view(2)),
            Subnet::parse(row.text_view(3)),
            row.integer(4) != 0,
            row.integer(5)};
}

Lease read_lease(const Statement& row) {
    return {row.text(0), row.text(1), static_cast<std::uint32_t>(row.integer(2)), row.text(3),
            row.text(4)};
}

std::vector<Lease> read_leases(Store& store, std::string_view network) {
    std::vector<Lease> leases;
    Statement row = store.database().query(
        "SELECT container_id, network, number, names, directory FROM leases WHERE network = ? "
        "ORDER BY number",
        network);
    while (row.step()) leases.push_back(read_lease(row));
    return leases;
}

bool lives(const Lease& lease) {
    const std::string lock = ContainerDirectory(lease.directory).lock();
    const Fd fd(open(lock.c_str(), O_RDONLY | O_CLOEXEC));
    return fd && flock(fd.get(), LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
}

/// In the transaction that changed them: the database's lock keeps two writers apart.
void write_hosts(Store& store, const Network& network, const std::vector<Lease>& leases) {
    const auto path = store.layout().network_hosts(network.name);
    make_directories(path.parent_path(), 0755);
    rewrite_in_place(path, hosts_text(network, leases));
}

/// Goes round and round: an address is given anew as late as possible, as others may still remember
/// whose it was (ARP, connections).
std::uint32_t next_number(Store& store, const Network& network, const std::vector<Lease>& leases) {
    std::set<std::uint32_t> used;
    for (const Lease& lease : leases) used.insert(lease.number);
    Statement row =
        store.database().query("SELECT last FROM networks WHERE name = ?", network.name);
    if (!row.step()) throw Error("the network '{}' has been removed meanwhile", network.name);
    const std::uint32_t last = std::min(network.subnet4.last(), network.subnet6.last());
    auto number = static_cast<std::uint32_t>(row.integer(0));
    for (std::uint32_t tries = 0; tries < last; ++tries) {
        number = number >= last ? 2 : number + 1;
        if (!used.contains(number)) return number;
    }
    throw Error("the network '{}' has no address left: {} are taken", network.name, used.size())
        .with_hint("'marten network create --subnet' makes a greater one");
}

Subnet choose_subnet4(const std::vector<Network>& others, std::string_view name) {
    if (name == kDefaultNetwork) return Subnet::parse(kDefaultSubnet);
    for (int third = 140; third < 255; ++third) {
        const Subnet subnet = Subnet::parse(fmt::format("192.168.{}.0/24", third));
        if (std::none_of(others.begin(), others.end(),
                         [&](const Network& other) { return other.subnet4.overlaps(subnet); }))
            return subnet;
    }
    throw Error("no subnet is left for the network '{}'", name).with_hint("say one with --subnet");
}

/// A random one of the unique local addresses (RFC 4193, 3.2).
Subnet choose_subnet6() {
    const std::string digits = random_hex(10);
    return Subnet::parse(fmt::format("fd{}:{}:{}::/64", digits.substr(0, 2), digits.substr(2, 4),
                                     digits.substr(6, 4)));
}

std::string choose_bridge(const std::vector<Network>& others,
                          const std::function<bool(const std::string&)>& is_taken) {
    for (int number = 0;; ++number) {
        std::string bridge = fmt::format("mincbr{}", number);
        const bool is_ours = std::any_of(others.begin(), others.end(), [&](const Network& other) {
            return other.bridge == bridge;
        });
        if (!is_ours && !is_taken(bridge)) return bridge;
    }
}

}  // namespace

Network create_network(Store& store, std::string_view name, std::optional<Subnet> subnet4,
                       std::optional<Subnet> subnet6, bool internal,
                       const std::function<bool(const std::string&)>& is_taken) {
    check_network_name(name);
    Database& database = store.database();
    Transaction transaction(database);
    const std::vector<Network> others = list_networks(store);
    const Network made = {std::string(name),
                          choose_bridge(others, is_taken),
                          subnet4 ? *subnet4 : choose_subnet4(others, name),
                          subnet6 ? *subnet6 : choose_subnet6(),
                          internal,
                          std::time(nullptr)};
    for (const Network& other : others) {
        if (other.name == name) throw Error("there is a network '{}' already", name);
        for (const Subnet* theirs : {&other.subnet4, &other.subnet6})
            for (const Subnet* ours : {&made.subnet4, &made.subnet6})
                if (theirs->overlaps(*ours))
                    throw Error("the subnet {} is in use by the network '{}', which has {}",
                                ours->text(), other.name, theirs->text());
    }
    database.run(
        "INSERT INTO networks (name, bridge, subnet4, subnet6, internal, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        made.name, made.bridge, made.subnet4.text(), made.subnet6.text(),
        std::int64_t{made.internal}, made.created_at);
    transaction.commit();
    return made;
}

std::optional<Network> find_network(Store& store, std::string_view name) {
    Statement row = store.database().query(std::string(kColumns) + "WHERE name = ?", name);
    if (!row.step()) return std::nullopt;
    return read_network(row);
}

Network get_network(Store& store, std::string_view name) {
    if (auto network = find_network(store, name)) return std::move(*network);
    throw Error("there is no network '{}'", printable(name))
        .with_hint("'marten network ls' lists them, 'marten network create' makes one");
}

std::vector<Network> list_networks(Store& store) {
    std::vector<Network> networks;
    Statement row = store.database().prepare(std::string(kColumns) + "ORDER BY created_at, name");
    while (row.step()) networks.push_back(read_network(row));
    return networks;
}

void remove_network(Store& store, const Network& network) {
    Transaction transaction(store.database());
    const std::vector<Lease> leases = forget_dead_leases(store, network.name);
    if (!leases.empty())
        throw Error("the network '{}' is in use by {} containers, '{}' among them", network.name,
                    leases.size(), leases.front().names);
    store.database().run("DELETE FROM networks WHERE name = ?", network.name);
    transaction.commit();
    remove_tree(store.layout().network_hosts(network.name).parent_path());
}

Lease take_lease(Store& store, const Network& network, Lease lease, bool& is_any_dead) {
    Database& database = store.database();
    Transaction transaction(database);
    const std::size_t before = read_leases(store, network.name).size();
    std::vector<Lease> leases = forget_dead_leases(store, network.name);
    is_any_dead = leases.size() < before;
    lease.network = network.name;
    lease.number = next_number(store, network, leases);
    database.run("DELETE FROM leases WHERE container_id = ?", lease.container_id);
    // Its own, of a run that was killed: the lock is held again by now.
    is_any_dead |= std::erase_if(leases, [&](const Lease& it) {
                       return it.container_id == lease.container_id;
                   }) > 0;
    database.run(
        "INSERT INTO leases (container_id, network, number, names, directory) "
        "VALUES (?, ?, ?, ?, ?)",
        lease.container_id, lease.network, std::int64_t{lease.number}, lease.names,
        lease.directory.native());
    database.run("UPDATE networks SET last = ? WHERE name = ?", std::int64_t{lease.number},
                 network.name);
    leases.push_back(lease);
    write_hosts(store, network, leases);
    transaction.commit();
    return lease;
}

void end_lease(Store& store, std::string_view container_id) {
    Database& database = store.database();
    Transaction transaction(database);
    Statement row =
        database.query("SELECT network FROM leases WHERE container_id = ?", container_id);
    if (!row.step()) return;
    const std::string name = row.text(0);
    database.run("DELETE FROM leases WHERE container_id = ?", container_id);
    if (const auto network = find_network(store, name))
        write_hosts(store, *network, read_leases(store, name));
    transaction.commit();
}

void rename_lease(Store& store, std::string_view container_id, const std::string& names) {
    Database& database = store.database();
    Transaction transaction(database);
    database.run("UPDATE leases SET names = ? WHERE container_id = ?", names, container_id);
    Statement row =
        database.query("SELECT network FROM leases WHERE container_id = ?", container_id);
    if (!row.step()) return;
    const std::string name = row.text(0);
    if (const auto network = find_network(store, name))
        write_hosts(store, *network, read_leases(store, name));
    transaction.commit();
}

std::size_t count_leases(Store& store, std::string_view network) {
    return read_leases(store, network).size();
}

std::vector<Lease> forget_dead_leases(Store& store, std::string_view network) {
    std::vector<Lease> living;
    for (Lease& lease : read_leases(store, network)) {
        if (lives(lease))
            living.push_back(std::move(lease));
        else
            store.database().run("DELETE FROM leases WHERE container_id = ?", lease.container_id);
    }
    return living;
}

std::string hosts_text(const Network& network, const std::vector<Lease>& leases) {
    std::string text =
        "127.0.0.1 localhost\n"
        "::1 localhost ip6-localhost ip6-loopback\n";
    // The name that podman gives the host.
    for (const Subnet* subnet : {&network.subnet4, &network.subnet6})
        text += subnet->address(1) + " host.containers.internal\n";
    for (const Lease& lease : leases) {
        if (lease.names == "localhost") continue;
        for (const Subnet* subnet : {&network.subnet4, &network.subnet6})
            text += fmt::format("{} {}\n", subnet->address(lease.number), lease.names);
    }
    return text;
}

void rewrite_in_place(const std::filesystem::path& path, std::string text) {
    const Fd file(check(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644), "opening '{}'",
                        path.native()));
    struct stat info;
    check(fstat(file.get(), &info), "examining '{}'", path.native());
    const auto size = static_cast<std::size_t>(info.st_size);
    if (text.size() < size) text.append(size - text.size(), '\n');
    if (check(pwrite(file.get(), text.data(), text.size(), 0), "writing '{}'", path.native()) !=
        static_cast<ssize_t>(text.size()))
        throw Error("writing '{}': the disk is full", path.native());
}

}  // namespace mincs::db
