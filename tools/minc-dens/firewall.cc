// See firewall.hh.
#include "tools/minc-dens/firewall.hh"

#include <nftables/libnftables.h>

#include <array>
#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/shared_library.hh"
#include "libcore/base/subnet.hh"

namespace mincs::dens {
namespace {

constexpr std::array kMaps = {"ports4", "ports4_at", "ports6", "ports6_at"};

/// @TABLE and the like are replaced. Chains are named for their hooks; the numbers of nft's
/// priorities: raw -300, dstnat -100, filter 0, srcnat 100.
constexpr const char* kTable = R"(
add table inet @TABLE
delete table inet @TABLE
table inet @TABLE {
    # What is published: the host's port, and its address where only one counts, lead to a container.
    map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
    map ports4_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
    map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
    map ports6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
    chain published {
        # The kernel takes no answer for ::1 from another interface (there is no route_localnet for IPv6): that is left to
        # the socket that holds the port, and from there carried on (port_forwarder.hh).
        ip6 daddr ::1 return
        dnat ip to ip daddr . meta l4proto . th dport map @ports4_at
        dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at
        fib daddr type != local return
        meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports4
        meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @ports6
    }

    # The host's loopback addresses reach the bridge (route_localnet), so that 127.0.0.1:PORT is published, too. From
    # a container nothing may go the other way.
    chain early {
        type filter hook prerouting priority raw;
        iifname "@BRIDGE" ip daddr 127.0.0.0/8 drop
    }
    chain prerouting {
        type nat hook prerouting priority dstnat;
        @RESOLVER_IN
        ip daddr 127.0.0.0/8 return
        jump published
    }
    # What the host itself sends.
    chain output {
        type nat hook output priority -100;
        jump published
    }
    chain input {
        type nat hook input priority 100;
        @RESOLVER_FROM
    }
    chain postrouting {
        type nat hook postrouting priority srcnat;
        ip saddr @SUBNET4 oifname != "@BRIDGE" masquerade
        ip6 saddr @SUBNET6 oifname != "@BRIDGE" masquerade
        # The answer has to come back through here: the host's loopback means something else to a container, and another
        # container's answer would go straight to the one that asked somebody else.
        oifname "@BRIDGE" ip saddr 127.0.0.0/8 masquerade
        oifname "@BRIDGE" ip saddr @SUBNET4 ct status dnat masquerade
        oifname "@BRIDGE" ip6 saddr @SUBNET6 ct status dnat masquerade
    }
    chain forward {
        type filter hook forward priority filter;
        iifname "@BRIDGE" oifname "@BRIDGE" accept
        @FORWARD
    }
}
)";

/// Others reach a container where it publishes something, and with answers to what it has asked.
constexpr const char* kForward =
    "oifname \"@BRIDGE\" ct state established,related accept\n"
    "        oifname \"@BRIDGE\" ct status dnat accept\n"
    "        oifname \"@BRIDGE\" drop";
constexpr const char* kForwardNothing =
    "iifname \"@BRIDGE\" drop\n"
    "        oifname \"@BRIDGE\" drop";
/// A name server that listens on the host's loopback only, and may answer nobody else.
constexpr const char* kResolverIn =
    "iifname \"@BRIDGE\" ip daddr @GATEWAY4 meta l4proto { tcp, udp } th dport 53 dnat ip to "
    "@RESOLVER";
constexpr const char* kResolverFrom =
    "iifname \"@BRIDGE\" ip daddr @RESOLVER meta l4proto { tcp, udp } th dport 53 snat ip to "
    "127.0.0.1";

void replace(std::string& text, std::string_view word, std::string_view value) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += value.size())
        text.replace(at, word.size(), value);
}

/// The first line of what nft says, without what it repeats of the input.
std::string first_line(const char* text) {
    std::string line = text ? text : "";
    line.resize(std::min(line.find('\n'), line.size()));
    if (const std::size_t at = line.find("Error: "); at != std::string::npos) line.erase(0, at + 7);
    return line.empty() ? "nftables says no why" : line;
}

/// "map { key : value, … }" for the ports that `chosen` says.
template <typename Chosen>
void add_elements(std::vector<std::string>& lines, const char* map,
                  const container::Network& network, const std::string& target, bool with_values,
                  const Chosen& chosen) {
    std::string elements;
    for (const container::PublishedPort& port : network.ports) {
        if (!chosen(port)) continue;
        for (int i = 0; i < port.count; ++i) {
            elements += elements.empty() ? "" : ", ";
            if (!port.address.empty()) elements += port.address + " . ";
            elements += fmt::format("{} . {}", port.udp ? "udp" : "tcp", port.host_port + i);
            if (with_values) elements += fmt::format(" : {} . {}", target, port.port + i);
        }
    }
    if (!elements.empty()) lines.push_back(fmt::format("{} {{ {} }}", map, elements));
}

/// The addresses and keys in what `nft -j list map` prints: [[KEY, VALUE], …], where a
/// concatenation is {"concat": […]}.
std::string concatenation(const Json& value) {
    std::string text;
    for (const Json& part : value.at("concat")) {
        const std::string word = part.is_string() ? part.get<std::string>() : part.dump();
        text += (text.empty() ? "" : " . ") + word;
    }
    return text;
}

}  // namespace

std::string table_text(const container::Network& network) {
    std::string text = kTable;
    replace(text, "@FORWARD", network.internal ? kForwardNothing : kForward);
    const bool has_resolver = !network.resolver.empty();
    replace(text, "@RESOLVER_IN", has_resolver ? kResolverIn : "");
    replace(text, "@RESOLVER_FROM", has_resolver ? kResolverFrom : "");
    replace(text, "@RESOLVER", network.resolver);
    replace(text, "@TABLE", network.table);
    replace(text, "@BRIDGE", network.bridge);
    replace(text, "@SUBNET4", network.subnet4);
    replace(text, "@SUBNET6", network.subnet6);
    replace(text, "@GATEWAY4", network.gateway4);
    return text;
}

std::vector<std::string> port_elements(const container::Network& network, bool with_values) {
    using Port = container::PublishedPort;
    const auto of = [](AddressKind kind) {
        return [kind](const Port& port) {
            return !port.address.empty() && address_kind(port.address) == kind;
        };
    };
    const auto anywhere = [](const Port& port) { return port.address.empty(); };
    std::vector<std::string> lines;
    add_elements(lines, "ports4", network, network.address4, with_values, anywhere);
    add_elements(lines, "ports4_at", network, network.address4, with_values,
                 of(AddressKind::kIpv4));
    add_elements(lines, "ports6", network, network.address6, with_values, anywhere);
    add_elements(lines, "ports6_at", network, network.address6, with_values,
                 of(AddressKind::kIpv6));
    return lines;
}

/// libnftables under its own names.
struct Firewall::Library {
    decltype(&::nft_ctx_new) ctx_new;
    decltype(&::nft_ctx_free) ctx_free;
    decltype(&::nft_ctx_buffer_output) buffer_output;
    decltype(&::nft_ctx_get_output_buffer) get_output;
    decltype(&::nft_ctx_buffer_error) buffer_error;
    decltype(&::nft_ctx_get_error_buffer) get_error;
    decltype(&::nft_ctx_output_set_flags) set_flags;
    decltype(&::nft_run_cmd_from_buffer) run;

    Library() {
        const SharedLibrary file("libnftables.so.1", "libnftables1");
        file.load("nft_ctx_new", ctx_new);
        file.load("nft_ctx_free", ctx_free);
        file.load("nft_ctx_buffer_output", buffer_output);
        file.load("nft_ctx_get_output_buffer", get_output);
        file.load("nft_ctx_buffer_error", buffer_error);
        file.load("nft_ctx_get_error_buffer", get_error);
        file.load("nft_ctx_output_set_flags", set_flags);
        file.load("nft_run_cmd_from_buffer", run);
    }
    static const Library& get() {
        static const Library library;
        return library;
    }
};

Firewall::~Firewall() {
    if (context_) Library::get().ctx_free(context_);
}

bool Firewall::run(const std::string& commands) {
    const Library& library = Library::get();
    if (!context_) {
        context_ = library.ctx_new(NFT_CTX_DEFAULT);
        if (!context_) throw Error("opening nftables: out of memory");
        library.buffer_output(context_);
        library.buffer_error(context_);
    }
    const int result = library.run(context_, commands.c_str());
    const char* output = library.get_output(context_);
    output_ = output ? output : "";
    error_ = first_line(library.get_error(context_));
    return result == 0;
}

std::string Firewall::list_as_json(const std::string& commands) {
    run("");
    Library::get().set_flags(context_, NFT_CTX_OUTPUT_JSON);
    const bool is_there = run(commands);
    Library::get().set_flags(context_, 0);
    return is_there ? output_ : "";
}

void Firewall::make_table(const container::Network& network) {
    if (!run(table_text(network)))
        throw Error("making the table 'inet {}' of nftables: {}", network.table, error_);
}

void Firewall::remove_table(const std::string& table) {
    // Not an error where there is none: made first, in the same transaction.
    if (!run(fmt::format("add table inet {0}\ndelete table inet {0}\n", table)))
        throw Error("removing the table 'inet {}' of nftables: {}", table, error_);
}

std::vector<std::string> Firewall::tables() {
    std::vector<std::string> names;
    const Json json = parse_json(list_as_json("list tables inet"), "what nftables says of tables");
    for (const Json& entry : json.at("nftables")) {
        if (!entry.contains("table")) continue;
        const auto name = entry["table"].value("name", "");
        if (name.starts_with("mincs")) names.push_back(name);
    }
    return names;
}

bool Firewall::has_table(const std::string& table) {
    return run(fmt::format("list chain inet {} forward", table));
}

void Firewall::publish(const container::Network& network) {
    std::string commands;
    for (const std::string& line : port_elements(network, true))
        commands += fmt::format("add element inet {} {}\n", network.table, line);
    if (commands.empty() || run(commands)) return;
    withdraw(network);
    if (!run(commands)) throw Error("publishing ports by nftables: {}", error_);
}

void Firewall::withdraw(const container::Network& network) {
    std::string all;
    for (const std::string& line : port_elements(network, false))
        all += fmt::format("delete element inet {} {}\n", network.table, line);
    if (all.empty() || run(all)) return;
    // Some are not there, and then it was none: one by one.
    for (const container::PublishedPort& port : network.ports) {
        container::Network one = network;
        for (int i = 0; i < port.count; ++i) {
            one.ports = {port};
            one.ports[0].host_port = static_cast<std::uint16_t>(port.host_port + i);
            one.ports[0].count = 1;
            for (const std::string& line : port_elements(one, false))
                run(fmt::format("delete element inet {} {}\n", network.table, line));
        }
    }
}

void Firewall::withdraw_all_but(const std::string& table, const std::set<std::string>& addresses) {
    for (const char* map : kMaps) {
        const std::string text = list_as_json(fmt::format("list map inet {} {}", table, map));
        if (text.empty()) continue;
        const Json json = parse_json(text, "what nftables says of a map");
        for (const Json& entry : json.at("nftables")) {
            if (!entry.contains("map") || !entry["map"].contains("elem")) continue;
            for (const Json& element : entry["map"]["elem"]) {
                const std::string target = concatenation(element.at(1));
                if (addresses.contains(target.substr(0, target.find(' ')))) continue;
                run(fmt::format("delete element inet {} {} {{ {} }}", table, map,
                                concatenation(element.at(0))));
            }
        }
    }
}

}  // namespace mincs::dens
