// What networks of containers need, and what of them is there now.
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "db/networks.hh"
#include "libcore/base/error.hh"
#include "libcore/base/process.hh"
#include "libcore/container/user_namespace.hh"
#include "librun/dens_program.hh"
#include "librun/doctor/check.hh"
#include "librun/network_guard.hh"
#include "librun/user_network.hh"

namespace mincs::run::doctor {
namespace {

constexpr std::chrono::seconds kPatience{5};

void run_or_throw(const std::vector<std::string>& words) {
    const CommandResult result = run_command(words, "", kPatience);
    if (result.status != 0) throw Error("{}", printable(result.errors));
}

/// A bridge, a pair and a table in a network namespace of the probe's own.
Finding check_bridges() {
    Finding finding = {"bridges and rules", State::kOk, "for '--net dens' and '-p'"};
    std::string program;
    try {
        program = dens_program();
    } catch (const Error& error) {
        return {"bridges and rules", State::kMissing, error.what(), error.hint()};
    }
    const std::string failure = try_in_child([&] {
        check(unshare(CLONE_NEWNET), "making a network namespace");
        run_or_throw({program, "check"});
    });
    if (!failure.empty()) {
        finding.state = State::kMissing;
        finding.meaning = fmt::format("no '--net dens': {}", failure);
        finding.remedy =
            "'apt install libnftables1' and 'modprobe -a bridge veth nf_tables "
            "nft_chain_nat', as root";
    }
    return finding;
}

bool runs(const char* program) {
    return try_as_caller([&] { run_or_throw({program, "--version"}); }).empty();
}

Finding check_way_out() {
    if (geteuid() == 0) return {"pasta, slirp4netns", State::kOk, "root needs none"};
    const bool pasta = runs("pasta"), slirp = runs("slirp4netns");
    if (!pasta && !slirp)
        return {"pasta, slirp4netns", State::kMissing, "neither: no '--net dens' without root",
                "'apt install passt', as root"};
    Finding finding = {"pasta, slirp4netns", State::kOk,
                       fmt::format("{} leads an ordinary user's networks to the world",
                                   pasta ? "pasta" : "slirp4netns")};
    if (const Fd tap(open("/dev/net/tun", O_RDWR | O_CLOEXEC)); !tap) {
        finding.state = State::kMissing;
        finding.meaning = fmt::format("no '--net dens' without root: /dev/net/tun: {}",
                                      SysError::errno_text(errno));
        finding.remedy = "'modprobe tun' and 'chmod 666 /dev/net/tun', as root, which udev does";
    }
    return finding;
}

/// Interfaces that are named as bridges of ours are, and no network of this store has.
std::string strange_bridges(const std::vector<db::Network>& networks) {
    std::string strange;
    struct if_nameindex* all = if_nameindex();
    for (const struct if_nameindex* one = all; one && one->if_index != 0; ++one) {
        const std::string name = one->if_name;
        bool is_ours = !name.starts_with("mincbr");
        for (const db::Network& network : networks) is_ours |= network.bridge == name;
        if (!is_ours) strange += (strange.empty() ? "" : ", ") + name;
    }
    if_freenameindex(all);
    return strange;
}

/// Tables of rules of networks, of whatever stores.
int count_tables() {
    try {
        const std::string lines = run_command({dens_program(), "tables"}, "", kPatience).output;
        return static_cast<int>(std::count(lines.begin(), lines.end(), '\n'));
    } catch (const Error&) {
        return 0;  // check_bridges() tells why
    }
}

/// The state of the store's networks: read, and not changed (the transaction is undone).
Finding check_networks() {
    Finding finding = {"networks", State::kOk, ""};
    const db::Layout layout = db::Layout::standard();
    std::vector<db::Network> networks;
    std::size_t leases = 0, dead = 0;
    int up = 0;
    if (std::filesystem::exists(layout.database())) {
        db::Store store = db::Store::open(layout, db::Durability::kFast);
        const db::Transaction transaction(store.database());
        networks = db::list_networks(store);
        for (const db::Network& network : networks) {
            const std::size_t all = db::count_leases(store, network.name);
            const std::size_t living = db::forget_dead_leases(store, network.name).size();
            leases += living;
            dead += all - living;
            up += administers_network() && if_nametoindex(network.bridge.c_str()) != 0 ? 1 : 0;
        }
    }
    finding.meaning =
        fmt::format("{} made; {} containers have an address", networks.size(), leases);
    const int tables = administers_network() ? count_tables() : 0;
    if (administers_network())
        finding.meaning +=
            fmt::format("; {} bridges are up, {} tables of rules are there", up, tables);
    if (has_keeper(layout)) finding.meaning += "; the user's own network is kept";
    if (dead > 0) {
        finding.state = State::kLimited;
        finding.meaning += fmt::format("; {} addresses of containers that were killed", dead);
        finding.remedy = "nothing, the next container reclaims them; 'marten gc' does at once";
    }
    if (const std::string strange = strange_bridges(networks); !strange.empty())
        finding.meaning += fmt::format("; of other stores: {}", strange);
    return finding;
}

}  // namespace

std::vector<Finding> network_checks() {
    return {check_bridges(), check_way_out(), check_networks()};
}

}  // namespace mincs::run::doctor
