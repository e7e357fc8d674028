// See udp_relay.hh.
#include "tools/minc-dens/udp_relay.hh"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace mincs::dens {
namespace {

constexpr std::size_t kLongestDatagram = 65536;
constexpr std::size_t kMostFlows = 500;
/// As long as the kernel remembers who has been answered (nf_conntrack_udp_timeout_stream).
constexpr std::time_t kIdleSeconds = 120;

std::time_t now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

std::string bytes_of(const void* data, std::size_t size) {
    return {static_cast<const char*>(data), size};
}

/// The control message that makes an answer leave from the address that was asked, out of the one
/// that told it: without the interface, which may be another one on the way back.
std::string answering_control(const msghdr& message) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> buffer = {};
    msghdr made = {};
    made.msg_control = buffer.data();
    made.msg_controllen = buffer.size();
    const cmsghdr* told = CMSG_FIRSTHDR(&message);
    if (!told) return "";
    cmsghdr* header = CMSG_FIRSTHDR(&made);
    header->cmsg_level = told->cmsg_level;
    header->cmsg_type = told->cmsg_type;
    header->cmsg_len = told->cmsg_len;
    if (told->cmsg_level == IPPROTO_IP && told->cmsg_type == IP_PKTINFO) {
        in_pktinfo info = {};
        std::memcpy(&info, CMSG_DATA(told), sizeof info);
        info.ipi_ifindex = 0;
        info.ipi_spec_dst = info.ipi_addr;
        std::memcpy(CMSG_DATA(header), &info, sizeof info);
        return bytes_of(buffer.data(), CMSG_SPACE(sizeof info));
    }
    if (told->cmsg_level == IPPROTO_IPV6 && told->cmsg_type == IPV6_PKTINFO) {
        in6_pktinfo info = {};
        std::memcpy(&info, CMSG_DATA(told), sizeof info);
        // Needed where the address alone is not enough.
        if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
        std::memcpy(CMSG_DATA(header), &info, sizeof info);
        return bytes_of(buffer.data(), CMSG_SPACE(sizeof info));
    }
    return "";
}

}  // namespace

UdpRelay::UdpRelay(EventLoop& loop, const HeldPort& port, Targets targets)
    : loop_(loop), port_(port), targets_(std::move(targets)) {
    const int on = 1;
    if (port.ipv6)
        setsockopt(port.socket.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    else
        setsockopt(port.socket.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    loop.watch(port.socket.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
}

UdpRelay::~UdpRelay() {
    for (const auto& [key, flow] : flows_) loop_.forget(flow.id);
}

void UdpRelay::receive() {
    static std::vector<char> datagram(kLongestDatagram);
    Endpoint client;
    alignas(cmsghdr) std::array<char, 256> control;
    iovec data = {datagram.data(), datagram.size()};
    msghdr message = {};
    message.msg_name = &client.address;
    message.msg_namelen = sizeof client.address;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(port_.socket.get(), &message, 0);
    if (got == -1) return;
    client.size = message.msg_namelen;
    Flow* flow = flow_of(client, answering_control(message));
    if (!flow) return;
    flow->last = now();
    // What fails is lost, as datagrams are.
    [[maybe_unused]] const ssize_t put =
        send(flow->socket.get(), datagram.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
}

UdpRelay::Flow* UdpRelay::flow_of(const Endpoint& client, std::string control) {
    const std::string key = bytes_of(&client.address, client.size) + control;
    if (const auto found = flows_.find(key); found != flows_.end()) return &found->second;
    if (flows_.size() >= kMostFlows) {
        const auto oldest = std::min_element(
            flows_.begin(), flows_.end(),
            [](const auto& one, const auto& other) { return one.second.last < other.second.last; });
        drop(std::string(oldest->first));
    }
    const Endpoint& target = targets_[target_ % targets_.size()];
    Flow flow;
    flow.socket =
        Fd(socket(target.address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!flow.socket || connect(flow.socket.get(), target.get(), target.size) == -1) {
        ++target_;
        return nullptr;
    }
    flow.client = client;
    flow.control = std::move(control);
    flow.id = loop_.watch(flow.socket.get(), EPOLLIN, [this, key](std::uint32_t) { answer(key); });
    return &flows_.emplace(key, std::move(flow)).first->second;
}

void UdpRelay::answer(const std::string& key) {
    static std::vector<char> datagram(kLongestDatagram);
    const auto found = flows_.find(key);
    if (found == flows_.end()) return;
    Flow& flow = found->second;
    const ssize_t got = recv(flow.socket.get(), datagram.data(), datagram.size(), 0);
    if (got == -1) {
        // Nobody listens there: who asks once more asks the other family.
        if (errno == ECONNREFUSED) {
            ++target_;
            drop(std::string(key));
        }
        return;
    }
    flow.last = now();
    iovec data = {datagram.data(), static_cast<std::size_t>(got)};
    msghdr message = {};
    message.msg_name = &flow.client.address;
    message.msg_namelen = flow.client.size;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = flow.control.empty() ? nullptr : flow.control.data();
    message.msg_controllen = flow.control.size();
    [[maybe_unused]] const ssize_t put = sendmsg(port_.socket.get(), &message, MSG_NOSIGNAL);
}

void UdpRelay::drop(const std::string& key) {
    const auto found = flows_.find(key);
    if (found == flows_.end()) return;
    loop_.forget(found->second.id);
    flows_.erase(found);
}

void UdpRelay::forget_idle() {
    const std::time_t limit = now() - kIdleSeconds;
    for (auto it = flows_.begin(); it != flows_.end();) {
        const bool is_idle = it->second.last < limit;
        if (is_idle) loop_.forget(it->second.id);
        it = is_idle ? flows_.erase(it) : std::next(it);
    }
}

}  // namespace mincs::dens
