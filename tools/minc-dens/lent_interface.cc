// See lent_interface.hh.
#include "tools/minc-dens/lent_interface.hh"

#include <sstream>

#include "libcore/base/log.hh"
#include "tools/minc-dens/namespace_lock.hh"
#include "tools/minc-dens/netlink.hh"

namespace mincs::dens {
namespace {

/// In state(): seven words of a route follow; a word for an empty one.
constexpr const char* kRoute = "route";
constexpr const char* kNone = "-";

}  // namespace

LentInterface::LentInterface(const std::string& name) : name_(name) {
    const Netlink netlink;
    const auto link = netlink.find(name);
    if (!link) throw Error("the host has no interface '{}'", printable(name));
    link_ = link->index;
    was_up_ = link->is_up;
    addresses_ = netlink.addresses(link_);
    routes_ = netlink.routes_by(link_);
}

LentInterface::LentInterface(const std::string& name, const std::string& state,
                             Fd network_namespace)
    : name_(name), there_(std::move(network_namespace)) {
    std::istringstream words(state);
    words >> link_ >> was_up_;
    for (std::string word; words >> word;) {
        if (word != kRoute) {
            addresses_.push_back(word);
            continue;
        }
        SetRoute route;
        words >> route.to >> route.gateway >> route.source >> route.table >> route.metric >>
            route.protocol >> route.scope;
        for (std::string* text : {&route.gateway, &route.source})
            if (*text == kNone) text->clear();
        routes_.push_back(route);
    }
}

std::string LentInterface::state() const {
    std::string text = fmt::format("{} {}", link_, was_up_ ? 1 : 0);
    for (const std::string& address : addresses_) text += " " + address;
    const auto or_none = [](const std::string& word) { return word.empty() ? kNone : word; };
    for (const SetRoute& route : routes_)
        text += fmt::format(" {} {} {} {} {} {} {} {}", kRoute, route.to, or_none(route.gateway),
                            or_none(route.source), route.table, route.metric, route.protocol,
                            route.scope);
    return text;
}

void LentInterface::lend(Fd network_namespace) {
    debug("moving the interface {} into the container's namespace", name_);
    const Netlink netlink;
    if (was_up_) netlink.set_down(link_);
    netlink.move(link_, network_namespace.get(), name_);
    there_ = std::move(network_namespace);
    const InNamespace inside(there_.get());
    const auto link = Netlink().find(name_);
    if (!link) throw Error("the interface '{}' has gone", name_);
    link_ = link->index;
}

void LentInterface::take_back() {
    if (!there_) return;
    const Fd here = open_own_namespace();
    {
        const InNamespace inside(there_.get());
        const Netlink netlink;
        // By its number: whoever is root in there may have given it another name.
        netlink.set_down(link_);
        netlink.move(link_, here.get(), name_);
    }
    there_.reset();
    const Netlink netlink;
    const auto link = netlink.find(name_);
    if (!link) throw Error("the interface '{}' has gone", name_);
    for (const std::string& address : addresses_) netlink.add_address(link->index, address);
    if (!was_up_) return;
    netlink.set_up(link->index);
    for (const SetRoute& route : routes_) netlink.add_route(link->index, route);
}

}  // namespace mincs::dens
