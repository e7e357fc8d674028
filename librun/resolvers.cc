// See resolvers.hh.
#include "librun/resolvers.hh"

#include <algorithm>
#include <sstream>

#include "libcore/base/files.hh"
#include "libcore/base/subnet.hh"

namespace mincs::run {
namespace {

constexpr const char* kResolversFile = "/etc/resolv.conf";
/// Where systemd-resolved writes the servers that it has from the network (systemd-resolved(8)).
constexpr const char* kUpstreamFile = "/run/systemd/resolve/resolv.conf";
constexpr const char* kStub = "127.0.0.53";
constexpr const char* kUsualLoopback = "127.0.0.1";

}  // namespace

Resolvers parse_resolvers(std::string_view text) {
    Resolvers resolvers;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key, value;
        words >> key >> value;
        if (key == "nameserver") {
            if (address_kind(value) != AddressKind::kNone) resolvers.servers.push_back(value);
        } else if (key == "search" || key == "domain" || key == "options") {
            resolvers.rest.push_back(line);
        }
    }
    return resolvers;
}

Resolvers host_resolvers() {
    Resolvers resolvers = parse_resolvers(read_file_if_exists(kResolversFile).value_or(""));
    const auto& servers = resolvers.servers;
    if (std::find(servers.begin(), servers.end(), kStub) != servers.end())
        if (const auto upstream = read_file_if_exists(kUpstreamFile))
            return parse_resolvers(*upstream);
    return resolvers;
}

std::string loopback_resolver(const Resolvers& resolvers) {
    if (resolvers.servers.empty()) return kUsualLoopback;
    for (const std::string& server : resolvers.servers)
        if (is_loopback_address(server))
            return address_kind(server) == AddressKind::kIpv4 ? server : kUsualLoopback;
    return "";
}

std::string resolvers_text(const Resolvers& resolvers, const container::Network& network) {
    std::string text;
    if (!network.internal) {
        std::vector<std::string> servers;
        for (const std::string& server : resolvers.servers)
            servers.push_back(is_loopback_address(server) ? network.gateway4 : server);
        if (servers.empty()) servers.push_back(network.gateway4);
        servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
        for (const std::string& server : servers) text += "nameserver " + server + "\n";
    }
    for (const std::string& line : resolvers.rest) text += line + "\n";
    return text;
}

}  // namespace mincs::run
