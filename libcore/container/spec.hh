// What a container is to be, as a plain value. Fields carry the names of the OCI runtime-spec
// (config.md, config-linux.md); minc's options, polecat's tracer and a bundle's runner all compile
// into this, and `minc --spec` prints it as config.json. The engine (boot.hh) takes nothing else.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/container/network.hh"
#include "libcore/container/seccomp_rules.hh"

namespace mincs::container {

inline constexpr std::int64_t kDefaultLogSize = 10 << 20;

struct User {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> additional_gids;
};

/// A limit of getrlimit(2); ~0: none.
struct Rlimit {
    std::string type;  ///< "RLIMIT_NOFILE"
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

struct Process {
    bool terminal = false;  ///< give it a pseudo-terminal of its own (console.hh)
    User user;
    std::vector<std::string> args;  ///< args[0] is looked up in the PATH of `env`, inside the root
    std::vector<std::string> env;   ///< "NAME=value"
    std::string cwd = "/";
    /// Capability numbers (capability.h) kept in the bounding set, and for uid 0 permitted and
    /// effective.
    std::vector<int> capabilities;
    /// Those of them that an ordinary user has as well, and keeps over execve(2).
    std::vector<int> ambient_capabilities;
    bool no_new_privileges = true;
    std::vector<Rlimit> rlimits;
};

struct Root {
    /// Where the root is mounted inside the container's own mount namespace, unseen by the host:
    /// any directory for an overlay; without an overlay, the directory that is the root (MINCS's
    /// -D).
    std::string path;
    bool readonly = false;
    /// Without an overlay: a copy of the container's own, in which places to mount on are marked
    /// (fs::mount_point_mark()).
    bool is_copy = false;
};

/// The overlay that the root is, unless it is a plain directory (MINCS's coat). Directories by host
/// path.
struct OverlayRoot {
    std::vector<std::string> lower;  ///< topmost first
    std::string upper;               ///< empty: read-only, or in memory
    std::string work;
    /// A directory under all of `lower` that has nothing but places to mount on: what an image
    /// lacks of them is not made in `upper` for each container. Empty: none.
    std::string mount_places;
    /// Keep what changes in a tmpfs of the container's own mount namespace: gone with it. `upper`
    /// is empty then.
    bool tmpfs_upper = false;
    bool is_volatile = false;  ///< the upper directory goes with the container: never sync it
    /// It is there, at Root::path in the mount namespace of who starts the container, and served by
    /// a process of his (fs/fuse_overlay.hh). Of one run: no document says it.
    bool is_mounted = false;
    /// The lower directory is the host's "/": what is mounted below it (a /home, a /tmp) gets into
    /// the root too, each under an overlay of its own whose changes stay in memory.
    bool host_submounts = false;
};

struct Mount {
    std::string destination;  ///< path inside the root; missing directories (or a file) are made
    std::string type;         ///< "bind", "tmpfs", "proc", "sysfs", "devpts", "mqueue"
    std::string source;       ///< bind: a host path
    /// "ro", "nosuid", "nodev", "noexec", "rbind"; for tmpfs also "mode=1777", "size=64m".
    std::vector<std::string> options;
};

/// Of a container that holds a machine (librun/machine.hh): its own root is a small file system in
/// memory, the machine room, with the hypervisor in it. The root that ContainerSpec::root and
/// ::overlay tell of lies in that, to be shared with the machine's guest.
struct MachineRoom {
    std::string root_at;   ///< where in the room
    std::string binds_at;  ///< where those binds are that wait for the guest, by their index
    /// What the command's world is made of: binds are made here, in the shared root; for all others
    /// it gets the places at which the guest makes them.
    std::vector<Mount> root_mounts;
};

/// Which devices a container's control group lets it use or make, whatever nodes it gets hold of.
enum class Devices {
    kAny,
    kStandardInGroup,  ///< those of device_nodes.hh, if it has a group for a limit anyway
    kStandard          ///< the same, with a group of its own
};

/// Limits (cgroup.hh); absent: none. Bytes, shares, microseconds.
struct Resources {
    std::optional<std::int64_t> memory_limit;
    std::optional<std::int64_t> memory_swap;
    std::optional<std::int64_t> cpu_shares;
    std::optional<std::int64_t> cpu_quota;
    std::optional<std::int64_t> cpu_period;
    std::optional<std::int64_t> pids_limit;
    std::string cpus;  ///< a cpuset list, "0-1,3"
    std::optional<std::int64_t> kernel_memory;
    std::optional<std::int64_t> io_weight;  ///< 10 to 1000
    Devices devices = Devices::kAny;

    bool empty() const {
        return !memory_limit && !memory_swap && !cpu_shares && !cpu_quota && !pids_limit &&
               cpus.empty() && !kernel_memory && !io_weight && devices != Devices::kStandard;
    }
};

/// A kernel parameter of a namespace of the container's own (sysctls.hh).
struct Sysctl {
    std::string name;  ///< "kernel.msgmax"; a '/' in it stands for a '.' that separates nothing
    std::string value;
};

/// Programs for another machine are run by a program of the host's (emulation.hh).
struct Emulator {
    std::string architecture;  ///< a name that architectures.hh knows
    std::string interpreter;   ///< qemu-user's path on the host; it must be static
};

struct Linux {
    /// An ordinary user makes it, who is root of a user namespace: no device node can be made,
    /// groups maybe not be changed, and an overlay keeps its notes in user.* attributes
    /// (user_namespaces(7)).
    bool rootless = false;
    /// CLONE_NEWPID | CLONE_NEWNS | …, as for clone(2). The mount and pid namespaces are always
    /// new. CLONE_NEWUSER: for an emulator; all IDs are the same in it, and only the command is in
    /// it.
    std::uint64_t namespaces = 0;
    Resources resources;
    bool seccomp = true;  ///< false: unconfined
    /// Absent: the built-in profile for the process's capabilities (seccomp_builtin.hh).
    std::optional<SeccompProfile> seccomp_profile;
    std::vector<Sysctl> sysctl;
    std::optional<Emulator> emulator;
    /// With the host's network namespace: its Unix sockets without a path (X11, D-Bus) can be
    /// reached, as by any process there.
    bool host_sockets = true;
    /// In a network namespace of its own: its loopback interface is up (loopback.hh).
    bool loopback = false;
    /// More than that. Who starts the container sees to it (librun/network.hh); the engine joins a
    /// namespace that it is given (StartOptions::network).
    std::optional<Network> network;
    std::vector<std::string> masked_paths;
    std::vector<std::string> readonly_paths;
};

/// Commands of the host, for its /bin/sh; empty: none. Whoever starts the container runs them
/// (librun/hooks.hh), not the engine.
struct Hooks {
    std::string start;  ///< before the command, when the container is there
    std::string stop;   ///< after it
};

struct ContainerSpec {
    std::string id;
    std::string hostname;
    Process process;
    Root root;
    std::optional<OverlayRoot> overlay;
    std::optional<MachineRoom> machine_room;
    /// In the order they are made; the engine itself adds nothing. world.hh has the standard set.
    std::vector<Mount> mounts;
    /// Give it a fresh /dev with the standard nodes, or (MINCS's --usedev) leave the root's own.
    bool fresh_dev = true;
    bool init = false;  ///< a pid 1 of ours before the command (init.hh)
    Linux linux;
    Hooks hooks;
    std::string memo;  ///< for people
    /// Bytes that what a background container prints may take in each of its two log files.
    std::int64_t log_size = kDefaultLogSize;
};

/// What a document says of the built-in filter of system calls.
enum class SeccompDetail {
    kRules,  ///< all of it, and what else is for other readers: hooks, the memo
    kNone    ///< that there is one: all that from_oci_json() wants, and a quarter of the bytes
};
/// The spec as an OCI runtime-spec 1.0.2 config.json (indented). What OCI has no word for (the
/// overlay) stands in annotations under "org.mincs.".
std::string to_oci_json(const ContainerSpec& spec, SeccompDetail detail = SeccompDetail::kRules);
/// The way back, for what to_oci_json() wrote: a container that is started again or joined. No
/// reader of other people's documents: what it does not know it passes over. Throws Error naming
/// `what`; also where the command was not kept exactly, unless that does not matter.
ContainerSpec from_oci_json(std::string_view text, std::string_view what,
                            bool command_matters = true);

}  // namespace mincs::container
