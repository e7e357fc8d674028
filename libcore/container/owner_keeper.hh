// chown(2) for a command whose container has one user only, as no IDs are lent to the one who runs
// it (fs/owner_note.hh): the kernel knows no other owner there, so whoever the command names is
// noted beside the file, for an image made of it, and the call succeeds. What the command sees
// stays root's. One process per container, outside of it, answers such calls (seccomp_unotify(2)).
#pragma once

#include <linux/filter.h>

#include <span>

#include "libcore/base/fd.hh"
#include "libcore/base/process.hh"

namespace mincs::container {

/// The seccomp program for StartOptions::notify_filter: the calls of the chown family, as programs
/// of this machine and of its 32-bit sister have them, wait for an answer; all else is allowed.
std::span<const sock_filter> chown_filter();

/// Starts the process, which ends with its parent, and when the last process that has the filter
/// has ended. To `messages`, a descriptor that is taken over, it writes a warning once somebody is
/// named who has no number here; none: nobody is told. No threads may run.
Child keep_owners(Fd listener, Fd messages);

/// The same for a command that joins a container, whose first process is `pidfd`'s. To be called
/// before this process joins anything; the listener comes later through `socket`, or never where it
/// is closed.
Child keep_owners_of_joined(int pidfd, Fd socket, Fd messages);

/// Container side, for that: installs the filter and sends its listener, where the container has
/// one user only.
void ask_keeper(int socket);

}  // namespace mincs::container
