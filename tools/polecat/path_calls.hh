// Every system call that names a path, as a table: which argument holds the path, which the
// directory it is relative to, and what the call does with it. The tracers' seccomp program is made
// from the same table, so that nothing is notified which the observer cannot read, and nothing
// read which is not notified.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>
#include <vector>

#include "tools/polecat/trace.hh"

namespace mincs::polecat {

/// How the argument `PathCall::flags` changes the meaning of a call.
enum class FlagsKind : std::uint8_t {
    kNone,
    kOpen,     ///< O_CREAT, O_NOFOLLOW
    kOpenHow,  ///< a pointer to struct open_how (openat2(2))
    kAt,       ///< AT_SYMLINK_NOFOLLOW; an empty path with AT_EMPTY_PATH is the descriptor itself
    kFollowOnly,  ///< links at the end are followed with AT_SYMLINK_FOLLOW only (linkat(2))
    kSockaddr,    ///< the "path" is a struct sockaddr_un, and `flags` the argument with its length
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
/// (with x32) and i386 are known; `data` is what the kernel reports with a stopped call.
std::span<const PathCall> path_calls_of(const seccomp_data& data);

/// Calls without a path that a tracer must know of all the same.
enum class OtherCall {
    kNone,
    kNewWorld,    ///< from here on this process may see another tree than the others
    kListener,    ///< wants to be a seccomp supervisor itself, which one in the family can be
    kSocketCall,  ///< i386's socketcall(2): bind or connect in disguise, see unpack_socketcall()
};
OtherCall other_call_of(const seccomp_data& data);

/// The bind, connect or sendto that a socketcall(2) of i386 stands for; `data` itself for another
/// one. `arguments` are the words that its second argument points at.
seccomp_data unpack_socketcall(const seccomp_data& data, const std::uint32_t (&arguments)[6]);

/// The seccomp program: `action` (SECCOMP_RET_USER_NOTIF or SECCOMP_RET_TRACE) for every call of
/// the table, ENOSYS for io_uring_setup (its requests pass by seccomp, so a program would open
/// files unseen), allow for the rest.
std::vector<sock_filter> make_watch_filter(std::uint32_t action);

}  // namespace mincs::polecat
