// The network of a machine, from the guest's end of its card.
#include "tools/minc-slirp/user_network.hh"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <sys/socket.h>

#include <cstring>

#include "tests/support/error_of.hh"

namespace mincs::slirp {
namespace {

using test::error_of;
using testing::HasSubstr;

struct Card {
    Fd guest, network;

    Card() {
        int ends[2];
        check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
              "making a card");
        guest.reset(ends[0]);
        network.reset(ends[1]);
    }
};

/// Who has 10.0.2.2?
std::string question() {
    struct {
        ether_header header = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {2}, htons(ETHERTYPE_ARP)};
        ether_arp arp = {};
    } __attribute__((packed)) packet;
    packet.arp.ea_hdr = {htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(ARPOP_REQUEST)};
    packet.arp.arp_sha[0] = 2;
    std::memcpy(packet.arp.arp_spa, "\x0a\0\x02\x0f", 4);
    std::memcpy(packet.arp.arp_tpa, "\x0a\0\x02\x02", 4);
    return {reinterpret_cast<const char*>(&packet), sizeof packet};
}

TEST(UserNetwork, AnswersAndEndsWithTheGuest) {
    Card card;
    UserNetwork network(std::move(card.network), {});
    const std::string asked = question();
    send(card.guest.get(), "no packet", 9, 0);
    send(card.guest.get(), asked.data(), asked.size(), 0);
    shutdown(card.guest.get(), SHUT_WR);
    network.run();
    char answer[128];
    ASSERT_GE(recv(card.guest.get(), answer, sizeof answer, 0), static_cast<ssize_t>(asked.size()));
    ether_arp arp;
    std::memcpy(&arp, answer + sizeof(ether_header), sizeof arp);
    EXPECT_EQ(ntohs(arp.ea_hdr.ar_op), ARPOP_REPLY);
    EXPECT_EQ(std::memcmp(arp.arp_spa, "\x0a\0\x02\x02", 4), 0);
}

TEST(UserNetwork, APortThatIsTakenIsAnError) {
    const Fd holder(check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "making a socket"));
    sockaddr_in any = {};
    any.sin_family = AF_INET;
    auto* address = reinterpret_cast<sockaddr*>(&any);
    socklen_t size = sizeof any;
    check(bind(holder.get(), address, size), "taking a port");
    check(listen(holder.get(), 1), "taking a port");
    check(getsockname(holder.get(), address, &size), "asking for the port");
    const std::string port = fmt::format("tcp:{}", ntohs(any.sin_port));
    EXPECT_THAT(error_of([&] { UserNetwork(Card().network, {port}); }), HasSubstr(port));
    EXPECT_THAT(error_of([] { UserNetwork(Card().network, {"tcp:x"}); }), HasSubstr("no port"));
}

}  // namespace
}  // namespace mincs::slirp
