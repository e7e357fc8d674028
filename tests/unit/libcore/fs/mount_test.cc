#include "libcore/fs/mount.hh"

#include <gtest/gtest.h>
#include <sys/mount.h>

using namespace mincs::fs;

TEST(MountInfo, IsReadWithItsOptionalFieldsAndEscapes) {
    const auto mounts = parse_mountinfo(
        "22 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard\n"
        "30 22 0:30 /sub /mnt/with\\040blank rw - tmpfs none rw,size=4k\n"
        "31 22 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");
    ASSERT_EQ(mounts.size(), 3u);
    EXPECT_EQ(mounts[0].mount_point, "/");
    EXPECT_EQ(mounts[0].type, "ext4");
    EXPECT_EQ(mounts[0].source, "/dev/vda");
    EXPECT_EQ(mounts[1].mount_point, "/mnt/with blank");
    EXPECT_EQ(mounts[1].root, "/sub");
    EXPECT_EQ(mounts[2].super_options, "rw,memory");
}

TEST(MountInfo, LinesThatAreNoneArePassedOver) {
    EXPECT_TRUE(parse_mountinfo("").empty());
    EXPECT_TRUE(parse_mountinfo("\n\nshort line\n22 1 254:0 / / rw shared:1\n").empty());
}

TEST(MountInfo, OfThisProcessNamesTheRoot) {
    bool found = false;
    for (const MountInfo& mount : read_mountinfo()) found |= mount.mount_point == "/";
    EXPECT_TRUE(found);
}

TEST(MountAttributes, FlagsBecomeBitsAndTheRestStays) {
    std::vector<std::string> rest;
    EXPECT_EQ(mount_attributes({"ro", "nosuid", "mode=0755", "rbind", "nodev"}, rest),
              std::uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV});
    EXPECT_EQ(rest, (std::vector<std::string>{"mode=0755", "rbind"}));
}
