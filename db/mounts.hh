// Roots of images and containers that 'marten mount' shows below mounts/. What is mounted is asked
// of the kernel and not kept in rows: a reboot or a plain umount(8) leaves nothing to forget.
// Another mount namespace has mounts of its own, which are not seen here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/store.hh"

namespace mincs::db {

/// Of the image or container with this whole ID.
bool is_mounted(const Store& store, std::string_view id);
/// Whole IDs of all.
std::vector<std::string> mounted_ids(const Store& store);
/// Removes the directories on which nothing is mounted any more. For one who holds the birth lock.
void sweep_mount_points(const Store& store);

}  // namespace mincs::db
