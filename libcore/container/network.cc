// See network.hh.
#include "libcore/container/network.hh"

#include <array>
#include <utility>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/subnet.hh"
#include "libcore/base/units.hh"

namespace mincs::container {
namespace {

constexpr const char* kForms =
    "such as 8080:80, 127.0.0.1:8080:80/udp, [2001:db8::1]:8080:80 or 8000-8009:9000";

constexpr std::array kKinds = {std::pair("bridge", NetworkKind::kBridge),
                               std::pair("interface", NetworkKind::kInterface),
                               std::pair("container", NetworkKind::kContainer),
                               std::pair("namespace", NetworkKind::kNamespace)};

template <typename N>
auto texts(N& network) {
    return std::array{
        std::pair("name", &network.name),         std::pair("owner", &network.owner),
        std::pair("bridge", &network.bridge),     std::pair("table", &network.table),
        std::pair("subnet4", &network.subnet4),   std::pair("subnet6", &network.subnet6),
        std::pair("gateway4", &network.gateway4), std::pair("gateway6", &network.gateway6),
        std::pair("resolver", &network.resolver), std::pair("interface", &network.interface),
        std::pair("address4", &network.address4), std::pair("address6", &network.address6)};
}

/// First and last of "8000-8009", or twice the same.
std::pair<std::uint16_t, std::uint16_t> port_range(const std::string& text) {
    const std::size_t dash = text.find('-');
    const auto number = [](const std::string& digits) {
        return static_cast<std::uint16_t>(parse_number(digits, "a port", 1, 65535));
    };
    const std::uint16_t first = number(text.substr(0, dash));
    return {first, dash == std::string::npos ? first : number(text.substr(dash + 1))};
}

/// Takes the protocol off the end of `rest`.
bool take_protocol(std::string& rest, const std::string& text) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string::npos) return false;
    const std::string protocol = rest.substr(slash + 1);
    rest.resize(slash);
    if (protocol != "tcp" && protocol != "udp")
        throw UsageError("publishing '{}': '{}' is neither tcp nor udp", printable(text),
                         printable(protocol));
    return protocol == "udp";
}

/// Takes the host's address off the beginning of `rest`.
std::string take_address(std::string& rest, const std::string& text) {
    std::string address;
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find("]:");
        if (end != std::string::npos) {
            address = rest.substr(1, end - 1);
            rest.erase(0, end + 2);
        }
    } else if (rest.find(':') != rest.rfind(':')) {
        const std::size_t end = rest.find(':');
        address = rest.substr(0, end);
        rest.erase(0, end + 1);
        if (address_kind(address) == AddressKind::kIpv6) address.clear();  // not in brackets
    } else {
        return "";
    }
    if (address_kind(address) == AddressKind::kNone)
        throw UsageError("publishing '{}': there is no address in front", printable(text))
            .with_hint(kForms);
    return address == "0.0.0.0" ? "" : address;
}

std::string address_text(const std::string& address) {
    if (address.empty()) return "";
    return address_kind(address) == AddressKind::kIpv6 ? "[" + address + "]:" : address + ":";
}

}  // namespace

PublishedPort parse_port(const std::string& text) {
    std::string rest = text;
    PublishedPort port;
    port.udp = take_protocol(rest, text);
    port.address = take_address(rest, text);
    const std::size_t colon = rest.find(':');
    if (colon == std::string::npos)
        throw UsageError("publishing '{}': which port of the host, and which of the container?",
                         printable(text))
            .with_hint(kForms);
    const auto host = port_range(rest.substr(0, colon));
    const auto inside = port_range(rest.substr(colon + 1));
    if (host.second < host.first || inside.second < inside.first)
        throw UsageError("publishing '{}': the last port comes before the first", printable(text));
    const int count = host.second - host.first + 1;
    const bool names_last = inside.second != inside.first;
    if ((names_last && inside.second - inside.first + 1 != count) ||
        inside.first + count - 1 > 65535)
        throw UsageError("publishing '{}': there are not as many ports on both sides",
                         printable(text));
    constexpr int kMost = 1024;
    if (count > kMost)
        throw UsageError("publishing '{}': more than {} ports", printable(text), kMost);
    port.host_port = host.first;
    port.port = inside.first;
    port.count = static_cast<std::uint16_t>(count);
    return port;
}

std::string to_text(const PublishedPort& port) {
    const auto range = [&](std::uint16_t first) {
        return port.count == 1 ? fmt::format("{}", first)
                               : fmt::format("{}-{}", first, first + port.count - 1);
    };
    return fmt::format("{}{}:{}/{}", address_text(port.address), range(port.host_port),
                       range(port.port), port.udp ? "udp" : "tcp");
}

std::string to_text(const Network& network) {
    Json json = Json::object();
    for (const auto& [name, kind] : kKinds)
        if (kind == network.kind) json["kind"] = name;
    for (const auto& [name, text] : texts(network))
        if (!text->empty()) json[name] = *text;
    if (network.internal) json["internal"] = true;
    for (const PublishedPort& port : network.ports) json["ports"].push_back(to_text(port));
    return dump_json(json);
}

Network parse_network(std::string_view text, std::string_view what) {
    const Json json = parse_json(text, what);
    Network network;
    const std::string kind_name = json_string(json, "kind", what);
    bool is_known = false;
    for (const auto& [name, kind] : kKinds) {
        if (kind_name != name) continue;
        network.kind = kind;
        is_known = true;
    }
    if (!is_known) throw Error("{}: '{}' is no kind of network", what, printable(kind_name));
    for (const auto& [name, member] : texts(network))
        *member = json_string_if(json, name, what).value_or("");
    network.internal = json_bool_if(json, "internal", what).value_or(false);
    for (const std::string& port : json_strings_if(json, "ports", what))
        network.ports.push_back(parse_port(port));
    return network;
}

}  // namespace mincs::container
