// What every process does that is about to become a command in a container, whether it makes the
// container (boot.cc) or joins one (join.cc). Each function is one precaution. Container side, but
// for throw_reported_failure().
#pragma once

#include <functional>
#include <string>

#include "libcore/base/fd.hh"

namespace mincs::container {

/// The descriptors that become the command's stdin, stdout and stderr; not taken over.
struct StandardStreams {
    int in = 0;
    int out = 1;
    int err = 2;
};

/// Nobody in the container may look into or stop this process while it still has the host's
/// descriptors and powers (CVE-2016-9962). A change of user takes it back, see become_user().
void hide_from_ptrace();

/// From here on the death of the parent is ours; and if it died before, the pipe `errors` has no
/// reader any more. The caller has closed its own copy of that end.
void die_with_parent(int errors);

/// Keys of whoever started us stay outside (keyctl(2)). A kernel or an outer filter without
/// keyrings is fine.
void join_new_keyring();

void connect_streams(const StandardStreams& streams);

/// The execve closes all but 0, 1 and 2; not earlier, as the error pipe is needed until then.
void close_on_exec_all_but_standard();

/// The child boundary: runs `body`, which does not return where all went well. What it throws goes
/// through the pipe `errors`, to be thrown again by the parent. The child's exit status.
int report_failure(int errors, const std::function<void()>& body);

/// Host side: throws what report_failure() wrote; nothing where it wrote nothing.
void throw_failure(const std::string& failure);

/// Host side: waits for the pipe's end, which a successful execve brings; else throws what the
/// child threw: CommandError, UsageError or Error.
void throw_reported_failure(const Fd& errors);

}  // namespace mincs::container
