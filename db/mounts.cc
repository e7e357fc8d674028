// See mounts.hh.
#include "db/mounts.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace mincs::db {

bool is_mounted(const Store& store, std::string_view id) {
    struct statx info = {};
    const auto path = store.layout().mount(id);
    return statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, 0, &info) == 0 &&
           (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

std::vector<std::string> mounted_ids(const Store& store) {
    std::vector<std::string> ids;
    std::error_code none;  // no such directory: nothing was ever mounted
    for (const auto& entry : std::filesystem::directory_iterator(store.layout().mounts(), none))
        if (is_mounted(store, entry.path().filename().native()))
            ids.push_back(entry.path().filename().native());
    std::sort(ids.begin(), ids.end());
    return ids;
}

void sweep_mount_points(const Store& store) {
    std::error_code none;
    // rmdir(2) refuses where something is mounted.
    for (const auto& entry : std::filesystem::directory_iterator(store.layout().mounts(), none))
        rmdir(entry.path().c_str());
}

}  // namespace mincs::db
