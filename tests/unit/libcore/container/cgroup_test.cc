#include "libcore/container/cgroup.hh"

#include <gtest/gtest.h>

using namespace mincs::container;
using mincs::fs::MountInfo;

namespace {

std::string controllers_of(const std::string& mount_point) {
    return mount_point == "/v2" ? "cpu memory pids\n" : "hugetlb\n";
}

MountInfo v1(const std::string& where, const std::string& options) {
    return {"/", where, "cgroup", "cgroup", options};
}
MountInfo v2(const std::string& where) {
    return {"/", where, "cgroup2", "cgroup2", "rw"};
}

std::string value_of(const std::vector<CgroupSetting>& settings, const std::string& file) {
    for (const CgroupSetting& setting : settings)
        if (setting.file == file) return setting.value;
    return "(not set)";
}

}  // namespace

TEST(Cgroup, OnAHybridHostTheV1HierarchyHasTheController) {
    const std::vector<MountInfo> mounts = {v2("/unified"), v1("/cpuacct", "rw,cpuacct"),
                                           v1("/cpu", "rw,cpu")};
    const CgroupHierarchy found = find_hierarchy(mounts, "cpu", controllers_of);
    EXPECT_EQ(found.mount_point, "/cpu");
    EXPECT_FALSE(found.v2);
}

TEST(Cgroup, OnAUnifiedHostTheControllerMustBeListed) {
    const CgroupHierarchy found = find_hierarchy({v2("/v2")}, "memory", controllers_of);
    EXPECT_EQ(found.mount_point, "/v2");
    EXPECT_TRUE(found.v2);
    EXPECT_THROW(find_hierarchy({v2("/unified")}, "memory", controllers_of), mincs::Error);
}

TEST(Cgroup, WithoutAnyHierarchyALimitIsAnError) {
    EXPECT_THROW(find_hierarchy({}, "pids", controllers_of), mincs::Error);
}

TEST(Cgroup, MemoryAndSwapAreCountedTogetherInV1AndApartInV2) {
    Resources limits;
    limits.memory_limit = 100;
    limits.memory_swap = 150;
    EXPECT_EQ(value_of(settings_for(limits, "memory", false), "memory.memsw.limit_in_bytes"),
              "150");
    EXPECT_EQ(value_of(settings_for(limits, "memory", true), "memory.swap.max"), "50");
    EXPECT_EQ(value_of(settings_for(limits, "memory", true), "memory.max"), "100");
}

TEST(Cgroup, OnlyV1HasALimitForTheKernelsMemory) {
    Resources limits;
    limits.kernel_memory = 100;
    EXPECT_EQ(value_of(settings_for(limits, "memory", false), "memory.kmem.limit_in_bytes"), "100");
    EXPECT_THROW(settings_for(limits, "memory", true), mincs::Error);
}

TEST(Cgroup, TheControllerOfDisksHasAnotherNameInV2) {
    const auto controllers = [](const std::string&) -> std::string { return "cpu io\n"; };
    EXPECT_TRUE(find_hierarchy({v2("/v2")}, "blkio", controllers).v2);
    EXPECT_FALSE(find_hierarchy({v2("/v2"), v1("/blkio", "rw,blkio")}, "blkio", controllers).v2);
}

TEST(Cgroup, AllDevicesAreDeniedBeforeSomeAreAllowed) {
    const auto settings = settings_for({}, "devices", false);
    EXPECT_EQ(settings.front().file, "devices.deny");
    EXPECT_EQ(settings.front().value, "a");
    EXPECT_EQ(settings.back().value, "c 136:* rwm");
    EXPECT_EQ(settings.size(), 9u);
}

TEST(Cgroup, SharesBecomeAWeightInV2) {
    Resources limits;
    limits.cpu_shares = 2;
    EXPECT_EQ(value_of(settings_for(limits, "cpu", true), "cpu.weight"), "1");
    limits.cpu_shares = 262144;
    EXPECT_EQ(value_of(settings_for(limits, "cpu", true), "cpu.weight"), "10000");
    EXPECT_EQ(value_of(settings_for(limits, "cpu", false), "cpu.shares"), "262144");
}

TEST(Cgroup, AQuotaIsForAHundredMilliseconds) {
    Resources limits;
    limits.cpu_quota = 50000;
    EXPECT_EQ(value_of(settings_for(limits, "cpu", true), "cpu.max"), "50000 100000");
    EXPECT_EQ(value_of(settings_for(limits, "cpu", false), "cpu.cfs_period_us"), "100000");
}
