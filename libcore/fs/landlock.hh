// What a thread may still do to files, TCP and other processes, from a moment on: the kernel's
// Landlock (landlock(7)), which takes no privilege and is never undone. It is a second wall: it
// stands where a check of ours is wrong.
//
// It holds for the calling thread and for whatever that starts, not for threads that run already.
// Descriptors keep what they were opened for. It covers opening, making, linking, renaming,
// removing, truncating, executing, and refuses all mounting; it does not cover stat, chmod, chown,
// utimes and extended attributes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mincs::fs {

/// What may be done at a path and below it; bits.
enum PathAccess : unsigned {
    kReading = 1u << 0,          ///< opening files to read, listing directories
    kWriting = 1u << 1,          ///< opening files to write, truncating
    kChangingEntries = 1u << 2,  ///< making, linking, renaming and removing whatever is no device
    kMakingDevices = 1u << 3,    ///< mknod(2) of them
    kExecuting = 1u << 4,
    kDeviceControl = 1u << 5  ///< ioctl(2) on devices opened from then on
};

struct PathRule {
    std::string path;  ///< as open(2) takes it; also proc_path() of a descriptor
    unsigned access = 0;
};

/// Everything is refused but what stands here.
struct LandlockRules {
    /// Nothing: files are left alone. An empty list: no file at all.
    std::optional<std::vector<PathRule>> paths;
    bool tcp = false;               ///< binding and connecting
    bool abstract_sockets = false;  ///< connecting to Unix sockets without a path of others
    bool signals = false;           ///< to processes other than those the thread starts
};

/// The version of Landlock that this kernel has: 0 where there is none.
int landlock_abi();

/// Restricts the calling thread, and sets no_new_privs. What this kernel cannot refuse stays
/// allowed, which debug() tells; the result is whether anything is in force. Throws SysError where
/// a rule's path does not exist. `abi`: to be taken for older than it is, for tests.
bool restrict_thread(const LandlockRules& rules, int abi = landlock_abi());

/// Keeps the calling process, and all it will start, from Unix sockets without a path that others
/// than these have bound: in the host's network namespace they are the host's (unix(7)). Nothing
/// else changes but this: Landlock lets nobody look into processes outside (ptrace(2)) either.
/// Needs no_new_privs or CAP_SYS_ADMIN; container side. False where the kernel cannot (version 6
/// can).
bool scope_abstract_sockets();

}  // namespace mincs::fs
