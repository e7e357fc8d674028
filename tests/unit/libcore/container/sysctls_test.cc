#include "libcore/container/sysctls.hh"

#include <gtest/gtest.h>
#include <sched.h>

using namespace mincs::container;
using mincs::UsageError;

namespace {

constexpr std::uint64_t kAll = CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET;

std::string name_of(const std::string& text) {
    return parse_sysctl(text, kAll).name;
}

}  // namespace

TEST(Sysctls, BothSeparatorsAreRead) {
    EXPECT_EQ(name_of("kernel.msgmax=1"), "kernel.msgmax");
    EXPECT_EQ(name_of("kernel/msgmax=1"), "kernel.msgmax");
    EXPECT_EQ(name_of("net/ipv4/conf/eth0.1/rp_filter=1"), "net.ipv4.conf.eth0/1.rp_filter");
    EXPECT_EQ(name_of("net.ipv4.conf.eth0/1.rp_filter=1"), "net.ipv4.conf.eth0/1.rp_filter");
    EXPECT_EQ(parse_sysctl("kernel.sem=1 2 3=4", kAll).value, "1 2 3=4");
    EXPECT_EQ(parse_sysctl("fs.mqueue.msg_max=", kAll).value, "");
}

TEST(Sysctls, OnlyThoseOfOwnNamespacesAreTaken) {
    for (const char* text : {"kernel.shmmax=1", "fs.mqueue.queues_max=1"})
        EXPECT_THROW(parse_sysctl(text, kAll & ~std::uint64_t{CLONE_NEWIPC}), UsageError) << text;
    EXPECT_THROW(parse_sysctl("net.ipv4.ip_forward=1", CLONE_NEWIPC), UsageError);
    EXPECT_THROW(parse_sysctl("kernel.domainname=x", CLONE_NEWIPC), UsageError);
    for (const char* text :
         {"kernel.panic=1", "vm.swappiness=1", "kernel.hostname=x", "kernel.shmmaxx=1",
          "kernel.msg=1", "fs.mqueue=1", "nettle.x=1", "kernel.core_pattern=|/x"})
        EXPECT_THROW(parse_sysctl(text, kAll), UsageError) << text;
}

TEST(Sysctls, NoNameLeadsOutOfItsDirectory) {
    for (const char* text :
         {"net/../kernel/panic=1", "net.//.kernel.panic=1", "fs.mqueue.//.//.kernel.panic=1",
          "net/./x=1", "net..x=1", "net.=1", "/net/x=1", "=1", "", "kernel.msgmax"})
        EXPECT_THROW(parse_sysctl(text, kAll), UsageError) << text;
}
