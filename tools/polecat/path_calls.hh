// Every system call that names a path, as a table: which argument holds the path, which the
// directory it is relative to, and what the call does with it. The tracer's seccomp program is made
// from the same table, so that nothing is notified which the supervisor cannot read, and nothing
// read which is not notified.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <vector>

namespace mincs::polecat {

/// What was done with a path; a set of bits.
enum Use : unsigned {
    kLook = 1u << 0,     ///< stat, access, getxattr …
    kOpen = 1u << 1,     ///< open of a file, or of a directory for listing
    kExecute = 1u << 2,  ///< execve
    kEnter = 1u << 3,    ///< chdir, chroot
    kCreate = 1u << 4,   ///< may make the entry: O_CREAT, mkdir, rename's new name, bind …
    kChange = 1u << 5,   ///< unlink, chmod, truncate …
    kFollow = 1u << 6,   ///< a link at the end was followed
};

/// How the argument `PathCall::flags` changes the meaning of a call.
enum class FlagsKind : std::uint8_t {
    kNone,
    kOpen,      ///< O_CREAT, O_NOFOLLOW
    kOpenHow,   ///< a pointer to struct open_how (openat2(2))
    kAt,        ///< AT_SYMLINK_NOFOLLOW
    kSockaddr,  ///< the "path" is a struct sockaddr_un, and `flags` the argument with its length
};

inline constexpr std::uint8_t kNoArgument = 0xff;

struct PathCall {
    int number;
    std::uint8_t directory;  ///< argument that holds a directory descriptor; kNoArgument: relative
                             ///< to the cwd
    std::uint8_t path;       ///< argument that points at the path
    unsigned use;            ///< bits of Use
    std::uint8_t flags = kNoArgument;
    FlagsKind flags_kind = FlagsKind::kNone;
};

/// The entries for this call: none where it names no path, two for rename and link. Both x86-64
/// (with x32) and i386 are known; `data` is what the kernel reports with a notification.
std::vector<const PathCall*> path_calls_of(const seccomp_data& data);

/// The seccomp program: SECCOMP_RET_USER_NOTIF for every call of the table, ENOSYS for
/// io_uring_setup (its requests pass by seccomp, so a program would open files unseen), allow for
/// the rest.
std::vector<sock_filter> make_notify_filter();

}  // namespace mincs::polecat
