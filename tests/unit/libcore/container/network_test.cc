#include "libcore/container/network.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

using namespace mincs;
using namespace mincs::container;

TEST(PublishedPorts, FormsThatPeopleType) {
    const auto again = [](const char* text) { return to_text(parse_port(text)); };
    EXPECT_EQ(again("8080:80"), "8080:80/tcp");
    EXPECT_EQ(again("8080:80/udp"), "8080:80/udp");
    EXPECT_EQ(again("127.0.0.1:8080:80"), "127.0.0.1:8080:80/tcp");
    EXPECT_EQ(again("0.0.0.0:8080:80"), "8080:80/tcp");
    EXPECT_EQ(again("[2001:db8::1]:8080:80/tcp"), "[2001:db8::1]:8080:80/tcp");
    EXPECT_EQ(again("[::1]:8080:80"), "[::1]:8080:80/tcp");
    EXPECT_EQ(again("8000-8009:9000"), "8000-8009:9000-9009/tcp");
    EXPECT_EQ(again("8000-8009:9000-9009/udp"), "8000-8009:9000-9009/udp");
    EXPECT_EQ(parse_port("8000-8009:9000").count, 10);
}

TEST(PublishedPorts, WhatIsNone) {
    for (const char* text : {"",
                             ":",
                             "80",
                             "80:",
                             ":80",
                             "0:80",
                             "80:0",
                             "65536:80",
                             "80:65536",
                             "80:80/sctp",
                             "80:80/",
                             "x:80",
                             "80-70:80",
                             "80-82:80-81",
                             "80-82:65535",
                             "1-2000:1",
                             "x:80:80",
                             "::1:80:80",
                             "2001:db8::1:80:80",
                             "[2001:db8::1]80:80",
                             "[x]:80:80",
                             "1.2.3:80:80",
                             "80:80:80:80",
                             "80:80 ",
                             "-1:80"})
        EXPECT_THROW(parse_port(text), UsageError) << text;
}

TEST(Networks, AreTheSameAfterBeingWritten) {
    Network network;
    network.name = "dens";
    network.owner = "/var/lib/mincs dens";
    network.bridge = "mincbr0";
    network.table = "mincs";
    network.subnet4 = "10.0.0.0/24";
    network.address6 = "fd00::2";
    network.resolver = "127.0.0.1";
    network.internal = true;
    network.ports = {parse_port("80:8080"), parse_port("127.0.0.1:53:53/udp")};
    const std::string text = to_text(network);
    EXPECT_EQ(to_text(parse_network(text, "it")), text);
    for (const NetworkKind kind : {NetworkKind::kBridge, NetworkKind::kInterface,
                                   NetworkKind::kContainer, NetworkKind::kNamespace}) {
        network.kind = kind;
        EXPECT_EQ(parse_network(to_text(network), "it").kind, kind);
    }
}

TEST(Networks, DocumentsThatAreNone) {
    for (const char* text :
         {"", "[]", "{}", R"({"kind":"tunnel"})", R"({"kind":"bridge","ports":"80"})",
          R"({"kind":"bridge","ports":["80"]})", R"({"kind":"bridge","name":7})"})
        EXPECT_THROW(parse_network(text, "it"), Error) << text;
}
