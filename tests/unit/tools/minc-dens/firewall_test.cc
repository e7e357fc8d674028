// The rules as a text; what they do is for tests/e2e.
#include "tools/minc-dens/firewall.hh"

#include <gmock/gmock.h>

using namespace mincs;
using namespace mincs::dens;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

container::Network network() {
    container::Network made;
    made.bridge = "mincbr7";
    made.table = "mincs7";
    made.subnet4 = "10.1.0.0/24";
    made.subnet6 = "fd01::/64";
    made.gateway4 = "10.1.0.1";
    made.address4 = "10.1.0.2";
    made.address6 = "fd01::2";
    return made;
}

}  // namespace

TEST(Rules, NothingIsLeftToReplace) {
    container::Network with = network();
    with.resolver = "127.0.0.1";
    for (const container::Network& each : {network(), with}) {
        std::string text = table_text(each);
        for (const char* map : {"@ports4_at", "@ports6_at", "@ports4", "@ports6"})
            for (std::size_t at; (at = text.find(map)) != std::string::npos;)
                text.erase(at, std::string(map).size());
        EXPECT_THAT(text, Not(HasSubstr("@")));
        EXPECT_THAT(text, HasSubstr("table inet mincs7 {"));
        EXPECT_THAT(text, HasSubstr("ip saddr 10.1.0.0/24 oifname != \"mincbr7\" masquerade"));
    }
    EXPECT_THAT(table_text(with), HasSubstr("dnat ip to 127.0.0.1"));
    EXPECT_THAT(table_text(network()), Not(HasSubstr("dport 53")));
}

TEST(Rules, InternalNetworksForwardNothing) {
    container::Network internal = network();
    internal.internal = true;
    EXPECT_THAT(table_text(internal), HasSubstr("iifname \"mincbr7\" drop"));
    EXPECT_THAT(table_text(internal), Not(HasSubstr("established")));
}

TEST(Rules, ElementsOfPorts) {
    container::Network with = network();
    for (const char* port : {"80-81:8080", "53:53/udp", "127.0.0.1:1:2", "[2001:db8::1]:3:4"})
        with.ports.push_back(container::parse_port(port));
    EXPECT_THAT(
        port_elements(with, true),
        ElementsAre("ports4 { tcp . 80 : 10.1.0.2 . 8080, tcp . 81 : 10.1.0.2 . 8081, udp . 53 : "
                    "10.1.0.2 . 53 }",
                    "ports4_at { 127.0.0.1 . tcp . 1 : 10.1.0.2 . 2 }",
                    "ports6 { tcp . 80 : fd01::2 . 8080, tcp . 81 : fd01::2 . 8081, udp . 53 : "
                    "fd01::2 . 53 }",
                    "ports6_at { 2001:db8::1 . tcp . 3 : fd01::2 . 4 }"));
    EXPECT_EQ(port_elements(with, false).at(1), "ports4_at { 127.0.0.1 . tcp . 1 }");
    EXPECT_TRUE(port_elements(network(), true).empty());
}
