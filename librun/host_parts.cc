// See host_parts.hh.
#include "librun/host_parts.hh"

#include <filesystem>

namespace mincs::run {

void use_host_devices(std::vector<container::Mount>& mounts) {
    // Nothing may be made in the host's /dev, not even to mount on.
    std::erase_if(mounts, [](const container::Mount& mount) {
        return mount.destination.starts_with("/dev/") &&
               !std::filesystem::is_directory(mount.destination);
    });
    for (container::Mount& mount : mounts)
        if (mount.destination == "/dev") mount = {"/dev", "bind", "/dev", {"rbind", "nosuid"}};
}

void add_debugging(std::vector<container::Mount>& mounts) {
    for (const auto& [type, destination] :
         {std::pair("debugfs", "/sys/kernel/debug"), std::pair("tracefs", "/sys/kernel/tracing")})
        mounts.push_back({destination, type, type, {"ro", "nosuid", "nodev", "noexec"}});
}

}  // namespace mincs::run
