// See machine_room.hh.
#include "libcore/container/machine_room.hh"

#include <sys/mount.h>

#include "libcore/base/log.hh"
#include "libcore/container/mount_points.hh"
#include "libcore/container/world.hh"
#include "libcore/fs/mount.hh"

namespace mincs::container {
namespace {

/// The guest could make its mount points itself; but here they are marked as such, and so are no
/// change of the command's.
void prepare_shared_root(const ContainerSpec& spec, const fs::RootDir& shared) {
    const std::vector<Mount>& mounts = spec.machine_room->root_mounts;
    const std::vector<Fd> sources = open_bind_sources(mounts);
    const MountPoints mount_points(shared, spec.overlay.has_value() || spec.root.is_copy);
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        // The guest's /dev is one of its own, empty before.
        const bool is_in_dev = mounts[i].destination.starts_with("/dev/");
        if (is_in_dev && mounts[i].type != "bind") continue;
        debug("  sharing {} {}", mounts[i].type, mounts[i].destination);
        const Fd target = mount_points.open(mounts[i], sources[i].get());
        if (sources[i])
            fs::attach_mount(make_bind(mounts[i], sources[i]).get(), target.get(),
                             mounts[i].destination);
    }
}

}  // namespace

fs::RootDir make_machine_room(const ContainerSpec& spec, const fs::RootDir& shared) {
    prepare_shared_root(spec, shared);
    const Fd copy = fs::clone_mount(shared.fd(), "", true);
    if (spec.root.readonly) fs::add_mount_attributes(copy.get(), MOUNT_ATTR_RDONLY, false);
    fs::RootDir room(
        fs::new_filesystem("tmpfs", {"mode=0755", "size=4m"}, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID),
        "the machine room");
    const Fd place(check(open(spec.root.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                         "opening the mount point '{}'", spec.root.path));
    fs::attach_mount(room.fd(), place.get(), spec.root.path);
    fs::attach_mount(copy.get(), room.make_directories(spec.machine_room->root_at).get(),
                     spec.machine_room->root_at);
    return room;
}

}  // namespace mincs::container
