// Notes of owners and devices that cannot be here; that they are kept and put back is e2e's.
#include "libcore/fs/owner_note.hh"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include "libcore/fs/device_note.hh"

namespace mincs::fs {
namespace {

TEST(OwnerNote, IsReadBackAsWritten) {
    const Owner owner{1000, 4294967294};
    EXPECT_EQ(parse_owner_note(owner_note(owner)), owner);
    EXPECT_EQ(owner_note({0, 42}), "0:42");
}

TEST(OwnerNote, WhatIsNoneIsNotTaken) {
    for (const char* text :
         {"", ":", "1", "1:", ":1", "1:2:3", "1:2 ", " 1:2", "-1:2", "a:b", "4294967296:0"})
        EXPECT_FALSE(parse_owner_note(text)) << text;
}

TEST(OwnerNote, MappedIdsAreTheSumOfAllRanges) {
    EXPECT_EQ(mapped_ids("         0       1000          1\n"), 1u);
    EXPECT_EQ(mapped_ids("0 1000 1\n1 100000 65536\n"), 65537u);
    EXPECT_EQ(mapped_ids("         0          0 4294967295\n"), 4294967295u);
    EXPECT_EQ(mapped_ids(""), 0u);
}

TEST(DeviceNote, IsReadBackAsWritten) {
    const Device console{S_IFCHR, makedev(5, 1)}, disk{S_IFBLK, makedev(259, 1048575)};
    EXPECT_EQ(device_note(console), "c 5:1");
    EXPECT_EQ(parse_device_note("c 5:1"), console);
    EXPECT_EQ(parse_device_note(device_note(disk)), disk);
}

TEST(DeviceNote, WhatIsNoneIsNotTaken) {
    for (const char* text : {"", "c", "c 5", "c 5:", "c :1", "p 0:0", "c 5:1 ", "c5:1", "c 0:0"})
        EXPECT_FALSE(parse_device_note(text)) << text;
}

}  // namespace
}  // namespace mincs::fs
