// See connections.hh. The messages are of <linux/netfilter/nfnetlink_conntrack.h>.
#include "tools/minc-dens/connections.hh"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libcore/base/subnet.hh"

namespace mincs::dens {
namespace {

struct Release {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
    void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using Socket = std::unique_ptr<nl_sock, Release>;
using Message = std::unique_ptr<nl_msg, Release>;

constexpr int type_of(int message) {
    return NFNL_SUBSYS_CTNETLINK << 8 | message;
}

/// One direction of a connection; addresses as text.
struct Tuple {
    std::string source;
    std::string destination;
    std::uint8_t protocol = 0;
    std::uint16_t destination_port = 0;
};

/// A connection that is to be forgotten: the attribute by which the kernel finds it.
struct Found {
    std::uint8_t family;
    std::string original;
};

std::string address_text(const nlattr* ipv4, const nlattr* ipv6) {
    std::array<char, INET6_ADDRSTRLEN> text = {};
    if (ipv4 && nla_len(ipv4) >= 4)
        inet_ntop(AF_INET, nla_data(ipv4), text.data(), text.size());
    else if (ipv6 && nla_len(ipv6) >= 16)
        inet_ntop(AF_INET6, nla_data(ipv6), text.data(), text.size());
    return text.data();
}

Tuple read_tuple(nlattr* attribute) {
    Tuple tuple;
    std::array<nlattr*, CTA_TUPLE_MAX + 1> parts = {};
    std::array<nlattr*, CTA_IP_MAX + 1> ip = {};
    std::array<nlattr*, CTA_PROTO_MAX + 1> protocol = {};
    if (!attribute || nla_parse_nested(parts.data(), CTA_TUPLE_MAX, attribute, nullptr) < 0 ||
        !parts[CTA_TUPLE_IP] || !parts[CTA_TUPLE_PROTO] ||
        nla_parse_nested(ip.data(), CTA_IP_MAX, parts[CTA_TUPLE_IP], nullptr) < 0 ||
        nla_parse_nested(protocol.data(), CTA_PROTO_MAX, parts[CTA_TUPLE_PROTO], nullptr) < 0)
        return tuple;
    tuple.source = address_text(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC]);
    tuple.destination = address_text(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST]);
    if (protocol[CTA_PROTO_NUM]) tuple.protocol = nla_get_u8(protocol[CTA_PROTO_NUM]);
    if (protocol[CTA_PROTO_DST_PORT])
        tuple.destination_port = ntohs(nla_get_u16(protocol[CTA_PROTO_DST_PORT]));
    return tuple;
}

bool is_published(const container::Network& network, const Tuple& original) {
    for (const container::PublishedPort& port : network.ports)
        if (port.udp && (port.address.empty() || port.address == original.destination) &&
            original.destination_port >= port.host_port &&
            original.destination_port < port.host_port + port.count)
            return original.protocol == IPPROTO_UDP;
    return false;
}

bool is_in_network(const container::Network& network, const std::string& address) {
    std::array<std::uint8_t, 16> bytes = {};
    const bool is_ipv6 = address.find(':') != std::string::npos;
    inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data());
    const Subnet subnet = Subnet::parse(is_ipv6 ? network.subnet6 : network.subnet4);
    return Subnet::of(is_ipv6, bytes.data(), is_ipv6 ? 128 : 32).overlaps(subnet);
}

bool is_concerned(const container::Network& network, const Tuple& original, const Tuple& reply) {
    if (original.destination == reply.source)
        // A datagram to the host that led nowhere; none that the host passes on for somebody.
        return is_published(network, original) && original.source == reply.destination;
    if (reply.source == network.address4 || reply.source == network.address6) return true;
    // Who had the port before, and was killed with its minc-dens.
    return is_published(network, original) && is_in_network(network, reply.source);
}

Message make_message(int kind, int flags, std::uint8_t family) {
    Message message(nlmsg_alloc_simple(type_of(kind), NLM_F_REQUEST | flags));
    nfgenmsg header = {};
    header.nfgen_family = family;
    header.version = NFNETLINK_V0;
    if (!message || nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0)
        throw Error("making a message for the kernel: out of memory");
    return message;
}

struct Search {
    const container::Network& network;
    std::vector<Found> found;
};

int look_at(nl_msg* message, void* argument) {
    auto& search = *static_cast<Search*>(argument);
    nlmsghdr* header = nlmsg_hdr(message);
    std::array<nlattr*, CTA_MAX + 1> parts = {};
    if (nlmsg_parse(header, sizeof(nfgenmsg), parts.data(), CTA_MAX, nullptr) < 0 ||
        !parts[CTA_TUPLE_ORIG])
        return NL_SKIP;
    if (is_concerned(search.network, read_tuple(parts[CTA_TUPLE_ORIG]),
                     read_tuple(parts[CTA_TUPLE_REPLY])))
        search.found.push_back(
            {static_cast<nfgenmsg*>(nlmsg_data(header))->nfgen_family,
             std::string(static_cast<const char*>(nla_data(parts[CTA_TUPLE_ORIG])),
                         static_cast<std::size_t>(nla_len(parts[CTA_TUPLE_ORIG])))});
    return NL_OK;
}

int send_and_receive(const Socket& socket, const Message& message) {
    const int sent = nl_send_auto(socket.get(), message.get());
    return sent < 0 ? sent : nl_recvmsgs_default(socket.get());
}

}  // namespace

void forget_connections(const container::Network& network) {
    const Socket socket(nl_socket_alloc());
    if (!socket || nl_connect(socket.get(), NETLINK_NETFILTER) < 0) return;
    nl_socket_disable_auto_ack(socket.get());
    Search search = {network, {}};
    nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, look_at, &search);
    const int result =
        send_and_receive(socket, make_message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC));
    if (result < 0) {
        debug("listing connections: {}, ignoring", nl_geterror(result));
        return;
    }
    for (const Found& found : search.found) {
        const Message message = make_message(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, found.family);
        nla_put(message.get(), CTA_TUPLE_ORIG | NLA_F_NESTED,
                static_cast<int>(found.original.size()), found.original.data());
        send_and_receive(socket, message);  // one that has ended by itself is fine
    }
    if (!search.found.empty()) debug("forgot {} connections", search.found.size());
}

}  // namespace mincs::dens
