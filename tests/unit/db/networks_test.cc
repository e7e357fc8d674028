// Networks and leases on a store of their own.
#include "db/networks.hh"

#include <gtest/gtest.h>

#include <set>

#include "db/containers.hh"
#include "db/locks.hh"
#include "libcore/base/files.hh"

using namespace mincs;
using namespace mincs::db;

namespace {

class Networks : public testing::Test {
 protected:
    TempDir base_;
    Store store_ = Store::open(Layout(base_.path() / "store"), Durability::kFast);

    static bool nothing_is_taken(const std::string&) { return false; }
    Network make(const char* name, const char* subnet4 = nullptr) {
        std::optional<Subnet> four;
        if (subnet4) four = Subnet::parse(subnet4);
        return create_network(store_, name, four, {}, false, nothing_is_taken);
    }
    /// Of a container that lives as long as the lock does.
    struct Living {
        FileLock lock;
        Lease lease;
    };
    Living lease(const Network& network, const std::string& id) {
        const std::filesystem::path directory = base_.path() / id;
        make_directories(directory);
        FileLock lock = FileLock::acquire(ContainerDirectory(directory).lock());
        Lease taken =
            take_lease(store_, network, {id, "", 0, "name-" + id, directory}, is_any_dead_);
        return {std::move(lock), std::move(taken)};
    }
    std::string hosts(const Network& network) {
        return read_file(store_.layout().network_hosts(network.name));
    }
    bool is_any_dead_ = false;
};

}  // namespace

TEST_F(Networks, SubnetsAndBridgesAreChosen) {
    const Network dens = make("dens");
    EXPECT_EQ(dens.bridge, "mincbr0");
    EXPECT_EQ(dens.subnet4.text(), kDefaultSubnet);
    EXPECT_TRUE(dens.subnet6.text().starts_with("fd"));
    const Network other = make("other");
    EXPECT_EQ(other.bridge, "mincbr1");
    EXPECT_EQ(other.subnet4.text(), "192.168.140.0/24");
    EXPECT_NE(other.subnet6.text(), dens.subnet6.text());
    const Network third =
        create_network(store_, "third", {}, {}, true,
                       [](const std::string& bridge) { return bridge == "mincbr2"; });
    EXPECT_EQ(third.bridge, "mincbr3");
    EXPECT_TRUE(get_network(store_, "third").internal);
    EXPECT_EQ(list_networks(store_).size(), 3u);
}

TEST_F(Networks, WhatCannotBeMade) {
    make("one", "10.1.0.0/24");
    EXPECT_THROW(make("one"), Error);
    EXPECT_THROW(make("two", "10.0.0.0/8"), Error);
    for (const char* name : {"", "host", "none", "raw", "a/b", "..", "a b", "-x"})
        EXPECT_THROW(make(name), UsageError) << name;
    EXPECT_THROW(get_network(store_, "two"), Error);
}

TEST_F(Networks, EachLeaseHasAnAddressOfItsOwnAndAllNamesAreInTheHostsFile) {
    const Network network = make("small", "10.1.0.0/29");
    std::vector<Living> living;
    std::set<std::uint32_t> numbers;
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        living.push_back(lease(network, id));
        numbers.insert(living.back().lease.number);
    }
    EXPECT_EQ(numbers, (std::set<std::uint32_t>{2, 3, 4, 5, 6}));
    EXPECT_THROW(lease(network, "f"), Error) << "it is full";
    EXPECT_NE(hosts(network).find("10.1.0.6 name-e\n"), std::string::npos);
    EXPECT_NE(hosts(network).find("10.1.0.1 host.containers.internal\n"), std::string::npos);
    end_lease(store_, "c");
    EXPECT_EQ(hosts(network).find("name-c"), std::string::npos);
    EXPECT_EQ(lease(network, "g").lease.number, 4u);
    rename_lease(store_, "e", "new");
    EXPECT_NE(hosts(network).find("10.1.0.6 new\n"), std::string::npos);
    EXPECT_THROW(remove_network(store_, network), Error);
}

TEST_F(Networks, AnAddressIsGivenAgainAsLateAsPossible) {
    const Network network = make("small", "10.1.0.0/29");
    for (const std::uint32_t expected : {2u, 3u, 4u, 5u, 6u, 2u}) {
        EXPECT_EQ(lease(network, "x").lease.number, expected);
        end_lease(store_, "x");
    }
}

TEST_F(Networks, LeasesOfTheDeadAreTaken) {
    const Network network = make("net");
    { const Living dead = lease(network, "dead"); }
    EXPECT_FALSE(is_any_dead_);
    const Living alive = lease(network, "alive");
    EXPECT_TRUE(is_any_dead_);
    EXPECT_EQ(hosts(network).find("name-dead"), std::string::npos);
    const Living again = lease(network, "other");
    EXPECT_FALSE(is_any_dead_);
    const Lease same = take_lease(store_, network, again.lease, is_any_dead_);
    EXPECT_TRUE(is_any_dead_) << "its own of a run before, which was killed";
    EXPECT_NE(same.number, again.lease.number);
    Transaction transaction(store_.database());
    EXPECT_EQ(forget_dead_leases(store_, "net").size(), 2u);
}

TEST_F(Networks, GoWithTheirFiles) {
    const Network network = make("net");
    { const Living dead = lease(network, "dead"); }
    remove_network(store_, network);
    EXPECT_FALSE(find_network(store_, "net"));
    EXPECT_FALSE(std::filesystem::exists(store_.layout().network_hosts("net").parent_path()));
}

TEST_F(Networks, NobodysNameIsLocalhost) {
    const Network network = make("net");
    const std::string text = hosts_text(network, {{"id", "net", 7, "localhost", ""}});
    EXPECT_EQ(text.find("192.168.140.7"), std::string::npos);
}
