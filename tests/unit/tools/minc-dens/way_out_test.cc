#include "tools/minc-dens/way_out.hh"

#include <gtest/gtest.h>

#include <algorithm>

namespace mincs::dens {
namespace {

TEST(WayOut, TheLastLineThatIsNoNoiseTellsMost) {
    EXPECT_EQ(
        telling_line("Failed to send 5 bytes to syslog\nFailed to open tun socket in namespace\n"
                     "Failed to send 45 bytes to syslog\n"),
        "Failed to open tun socket in namespace");
    EXPECT_EQ(telling_line("sent\nWARNING: Support for IPv6 is experimental\n"), "sent");
    EXPECT_EQ(telling_line(""), "");
}

TEST(WayOut, NothingLeadsInAndTheHostsLoopbackIsNotReached) {
    const auto ways = ways_out(7, 3);
    ASSERT_EQ(ways.size(), 2U);
    const auto has = [&](std::size_t way, const char* word) {
        return std::find(ways[way].begin(), ways[way].end(), word) != ways[way].end();
    };
    EXPECT_TRUE(has(0, "--no-map-gw"));
    for (const char* option : {"--tcp-ports", "--udp-ports", "--tcp-ns", "--udp-ns"}) {
        const auto at = std::find(ways[0].begin(), ways[0].end(), option);
        ASSERT_NE(at, ways[0].end()) << option;
        EXPECT_EQ(*std::next(at), "none") << option;
    }
    EXPECT_TRUE(has(1, "--disable-host-loopback"));
    EXPECT_TRUE(has(0, "/proc/7/ns/net") && has(1, "/proc/7/ns/net"));
}

}  // namespace
}  // namespace mincs::dens
