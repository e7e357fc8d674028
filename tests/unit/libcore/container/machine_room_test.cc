// Which mounts of a machine's container are left to its guest.
#include "libcore/container/machine_room.hh"

#include <gtest/gtest.h>

namespace mincs::container {
namespace {

TEST(MachineRoom, WhatLiesBelowAFileSystemOfTheGuestWaitsForIt) {
    const std::vector<Mount> mounts = {
        {"/dev", "tmpfs", "tmpfs", {}}, {"/dev/pts", "devpts", "devpts", {}},
        {"/x", "tmpfs", "tmpfs", {}},   {"/x/y", "bind", "/srv", {}},
        {"/x/y/z", "bind", "/srv", {}}, {"/xy", "bind", "/srv", {}},
        {"/x", "bind", "/srv", {}}};
    const std::vector<bool> waits = {false, true, false, true, true, false, false};
    for (std::size_t i = 0; i < mounts.size(); ++i)
        EXPECT_EQ(waits_for_guest(mounts, i), waits[i]) << i << " " << mounts[i].destination;
}

TEST(MachineRoom, OnlyWhatIsThereBeforeCounts) {
    const std::vector<Mount> mounts = {{"/x/y", "bind", "/srv", {}}, {"/x", "tmpfs", "tmpfs", {}}};
    EXPECT_FALSE(waits_for_guest(mounts, 0));
}

}  // namespace
}  // namespace mincs::container
