// What people type after --net, and what of the host's name servers a container gets.
#include "librun/network.hh"

#include <gtest/gtest.h>
#include <sched.h>

#include "librun/resolvers.hh"

using namespace mincs;
using namespace mincs::run;
using container::NetworkKind;
using Mode = NetworkRequest::Mode;

TEST(NetworkRequests, Words) {
    EXPECT_EQ(parse_network("host").mode, Mode::kHost);
    EXPECT_EQ(parse_network("none").mode, Mode::kNone);
    EXPECT_EQ(parse_network("raw").mode, Mode::kRaw);
    const auto expect = [](const char* text, NetworkKind kind, const char* name) {
        const NetworkRequest request = parse_network(text);
        EXPECT_EQ(request.mode, Mode::kSpecial) << text;
        EXPECT_EQ(request.special.kind, kind) << text;
        EXPECT_EQ(request.special.name, name) << text;
        EXPECT_TRUE(request.is_said);
    };
    expect("dens", NetworkKind::kBridge, "dens");
    expect("raw,eth1", NetworkKind::kInterface, "eth1");
    expect("container:web", NetworkKind::kContainer, "web");
    expect("netns:/run/netns/a", NetworkKind::kNamespace, "/run/netns/a");
    for (const char* text : {"raw,", "raw,../x", "raw,sixteen_letters_", "container:", "netns:"})
        EXPECT_THROW(parse_network(text), UsageError) << text;
}

TEST(NetworkRequests, WhatIsNotSaidIsAsItWas) {
    container::ContainerSpec last;
    last.linux.namespaces = CLONE_NEWNET;
    last.linux.network.emplace();
    last.linux.network->name = "dens";
    last.linux.network->ports = {container::parse_port("80:80")};
    NetworkRequest typed;
    EXPECT_EQ(complete(typed, last).special.ports.size(), 1u);
    typed.ports = {container::parse_port("1:1"), container::parse_port("2:2")};
    EXPECT_EQ(complete(typed, last).special.ports.size(), 2u);
    EXPECT_EQ(complete(typed, last).special.name, "dens");
    EXPECT_THROW(complete(typed, std::nullopt), UsageError) << "no bridge, no ports";
    EXPECT_EQ(complete(parse_network("none"), last).mode, Mode::kNone);
    last.linux.network.reset();
    EXPECT_EQ(complete({}, last).mode, Mode::kRaw);
    last.linux.loopback = true;
    EXPECT_EQ(complete({}, last).mode, Mode::kNone);
    last.linux.namespaces = 0;
    EXPECT_EQ(complete({}, last).mode, Mode::kHost);
}

TEST(NameServers, AreThoseThatAContainerReaches) {
    container::Network network;
    network.gateway4 = "10.0.0.1";
    const auto text = [&](const char* file) {
        return resolvers_text(parse_resolvers(file), network);
    };
    EXPECT_EQ(text("# x\nnameserver 192.0.2.1\nsearch a b\noptions edns0\nnameserver nonsense\n"),
              "nameserver 192.0.2.1\nsearch a b\noptions edns0\n");
    EXPECT_EQ(text("nameserver 127.0.0.1\nnameserver ::1\nnameserver 2001:db8::5\n"),
              "nameserver 10.0.0.1\nnameserver 2001:db8::5\n");
    EXPECT_EQ(text(""), "nameserver 10.0.0.1\n") << "resolv.conf(5): the one on this machine";
    network.internal = true;
    EXPECT_EQ(text("nameserver 192.0.2.1\nsearch a\n"), "search a\n");
}

TEST(NameServers, OnTheLoopback) {
    const auto on = [](const char* file) { return loopback_resolver(parse_resolvers(file)); };
    EXPECT_EQ(on("nameserver 192.0.2.1\n"), "");
    EXPECT_EQ(on("nameserver 192.0.2.1\nnameserver 127.0.0.9\n"), "127.0.0.9");
    EXPECT_EQ(on("nameserver ::1\n"), "127.0.0.1");
    EXPECT_EQ(on(""), "127.0.0.1");
}
