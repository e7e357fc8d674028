#include "libcore/base/subnet.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

using namespace mincs;

TEST(Subnets, TextAndAddresses) {
    const Subnet four = Subnet::parse("192.168.139.0/24");
    EXPECT_FALSE(four.is_ipv6());
    EXPECT_EQ(four.text(), "192.168.139.0/24");
    EXPECT_EQ(four.address(1), "192.168.139.1");
    EXPECT_EQ(four.last(), 254u);
    EXPECT_EQ(Subnet::parse("10.0.0.0/8").address(0x010203), "10.1.2.3");
    EXPECT_EQ(Subnet::parse("10.0.0.8/29").last(), 6u);
    const Subnet six = Subnet::parse("fd12:0:0::/64");
    EXPECT_TRUE(six.is_ipv6());
    EXPECT_EQ(six.text(), "fd12::/64");
    EXPECT_EQ(six.address(258), "fd12::102");
    EXPECT_EQ(six.last(), 65534u) << "as many as anybody wants";
}

TEST(Subnets, WhatIsNone) {
    for (const char* text : {"",
                             "/",
                             "10.0.0.0",
                             "10.0.0.0/",
                             "10.0.0.0/x",
                             "10.0.0.0/-1",
                             "10.0.0.0/30",
                             "10.0.0.0/3",
                             "10.0.0.1/24",
                             "10.0.0.0/024x",
                             "300.0.0.0/8",
                             "127.0.0.0/8",
                             "0.0.0.0/8",
                             "224.0.0.0/4",
                             "169.254.0.0/16",
                             "fe80::/64",
                             "ff00::/8",
                             "::/64",
                             "fd00::1/64",
                             "fd00::/113",
                             "fd00::",
                             "nonsense/24"})
        EXPECT_THROW(Subnet::parse(text), UsageError) << text;
}

TEST(Subnets, Overlap) {
    const auto overlap = [](const char* a, const char* b) {
        const bool there = Subnet::parse(a).overlaps(Subnet::parse(b));
        EXPECT_EQ(there, Subnet::parse(b).overlaps(Subnet::parse(a)));
        return there;
    };
    EXPECT_TRUE(overlap("10.0.0.0/8", "10.7.0.0/16"));
    EXPECT_TRUE(overlap("10.7.0.0/16", "10.7.0.0/16"));
    EXPECT_FALSE(overlap("10.7.0.0/16", "10.8.0.0/16"));
    EXPECT_FALSE(overlap("192.168.0.0/25", "192.168.0.128/25"));
    EXPECT_FALSE(overlap("10.0.0.0/8", "fd00::/8"));
    const std::uint8_t host[4] = {10, 7, 1, 2};
    EXPECT_TRUE(Subnet::of(false, host, 32).overlaps(Subnet::parse("10.7.0.0/16")));
    EXPECT_TRUE(Subnet::of(false, host, 0).overlaps(Subnet::parse("192.168.0.0/16")));
}

TEST(Subnets, KindsOfAddresses) {
    EXPECT_EQ(address_kind("10.0.0.1"), AddressKind::kIpv4);
    EXPECT_EQ(address_kind("::1"), AddressKind::kIpv6);
    for (const char* text : {"", "10.0.0", "10.0.0.1/8", "localhost", "fe80::1%eth0", "[::1]"})
        EXPECT_EQ(address_kind(text), AddressKind::kNone) << text;
    for (const char* text : {"127.0.0.1", "127.9.9.9", "::1"})
        EXPECT_TRUE(is_loopback_address(text)) << text;
    for (const char* text : {"128.0.0.1", "::", "::2", "fd00::1", "x"})
        EXPECT_FALSE(is_loopback_address(text)) << text;
}
