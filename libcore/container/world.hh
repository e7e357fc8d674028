// The world a container sees besides its files: /dev, /proc, /sys, what is bound in from the host,
// and which parts of the kernel's own files are hidden or read-only. All mounts are data
// (ContainerSpec::mounts), made by one loop. Container side, in the new mount namespace, before
// pivot_root.
#pragma once

#include <string>
#include <vector>

#include "libcore/container/spec.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

/// /proc, /dev (tmpfs) with /dev/pts, /dev/shm, /dev/mqueue, and /sys read-only.
std::vector<Mount> standard_mounts();
/// What of /proc and /sys tells about or reaches the host: masked by nothing, or read-only
/// (docker's list).
std::vector<std::string> standard_masked_paths();
std::vector<std::string> standard_readonly_paths();

/// Detached copies of the sources of those mounts that are binds, in their order.
std::vector<Fd> open_bind_sources(const std::vector<Mount>& mounts);

/// What of the host the world is made of, opened while host paths still mean the host's files.
class WorldSources {
 public:
    /// Opens every bind source and the host's null device.
    explicit WorldSources(const ContainerSpec& spec);

    /// A detached copy of mounts[index]'s source, for binds.
    const Fd& bind(std::size_t index) const { return binds_[index]; }
    const Fd& null_device() const { return null_device_; }
    /// Detached copies of the host's nodes of kDevices, where none can be made: for an ordinary
    /// user, and root without CAP_MKNOD; none for those that the host does not have.
    const std::vector<Fd>& devices() const { return devices_; }

 private:
    std::vector<Fd> binds_;
    Fd null_device_;
    std::vector<Fd> devices_;
};

/// Makes spec.mounts in their order on `root`, fills /dev, then masks. Returns the descriptor of
/// the container's devpts, none if it has no /dev/pts.
Fd make_world(const ContainerSpec& spec, const fs::RootDir& root, const WorldSources& sources);

/// A mount's own bind source with its options applied, ready to be attached.
Fd make_bind(const Mount& mount, const Fd& source);

/// Mounts a table of binary formats (binary_formats.hh), which lasts as long as it is mounted.
void show_binary_formats(const fs::RootDir& root, int table);

/// Shows `terminal` (a slave of the container's own devpts) as /dev/console.
void bind_console(const fs::RootDir& root, int terminal);

}  // namespace mincs::container
