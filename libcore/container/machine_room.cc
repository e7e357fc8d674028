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
void prepare_shared_root(const ContainerSpec& spec, const fs::RootDir& shared,
                         const std::vector<Fd>& sources) {
    const std::vector<Mount>& mounts = spec.machine_room->root_mounts;
    const MountPoints mount_points(shared, spec.overlay.has_value() || spec.root.is_copy);
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        if (waits_for_guest(mounts, i)) continue;
        debug("  sharing {} {}", mounts[i].type, mounts[i].destination);
        const Fd target = mount_points.open(mounts[i], sources[i].get());
        if (sources[i])
            fs::attach_mount(make_bind(mounts[i], sources[i]).get(), target.get(),
                             mounts[i].destination);
    }
}

void share_waiting_binds(const MachineRoom& plan, const fs::RootDir& room,
                         const std::vector<Fd>& sources) {
    const MountPoints mount_points(room, false);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (!sources[i] || !waits_for_guest(plan.root_mounts, i)) continue;
        Mount bind = plan.root_mounts[i];
        debug("  sharing bind {}, for the guest to be made", bind.destination);
        bind.destination = fmt::format("{}/{}", plan.binds_at, i);
        const Fd target = mount_points.open(bind, sources[i].get());
        fs::attach_mount(make_bind(bind, sources[i]).get(), target.get(), bind.destination);
    }
}

}  // namespace

bool waits_for_guest(const std::vector<Mount>& mounts, std::size_t index) {
    for (std::size_t i = 0; i < index; ++i)
        if (mounts[i].type != "bind" &&
            mounts[index].destination.starts_with(mounts[i].destination + "/"))
            return true;
    return false;
}

fs::RootDir make_machine_room(const ContainerSpec& spec, const fs::RootDir& shared) {
    const MachineRoom& plan = *spec.machine_room;
    const std::vector<Fd> sources = open_bind_sources(plan.root_mounts);
    prepare_shared_root(spec, shared, sources);
    const Fd copy = fs::clone_mount(shared.fd(), "", true);
    if (spec.root.readonly) fs::add_mount_attributes(copy.get(), MOUNT_ATTR_RDONLY, false);
    fs::RootDir room(
        fs::new_filesystem("tmpfs", {"mode=0755", "size=4m"}, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID),
        "the machine room");
    const Fd place(check(open(spec.root.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                         "opening the mount point '{}'", spec.root.path));
    fs::attach_mount(room.fd(), place.get(), spec.root.path);
    fs::attach_mount(copy.get(), room.make_directories(plan.root_at).get(), plan.root_at);
    share_waiting_binds(plan, room, sources);
    return room;
}

}  // namespace mincs::container
