// A process that joins or makes a container shows its program to it as /proc/PID/exe for a moment,
// and a container that gets hold of the host's own file there overwrites it (CVE-2019-5736). So the
// program first becomes something that cannot be written. Host side, before anything is opened.
#pragma once

#include <string>

namespace mincs::container {

/// Executes this very program again, with the same arguments and environment, from a copy in memory
/// that nobody can write any more (memfd_create(2), sealed). Returns at once where it runs from
/// such a copy already. For a process that joins a container that runs.
void become_sealed_copy();

/// The same from the file itself, seen through a read-only mount that is nowhere attached: nothing
/// is copied, and thousands share one page cache. For a supervisor, which stays. Without
/// CAP_SYS_ADMIN nobody inside can make that mount writable.
void become_read_only_program();

/// Where this program's file is on the disk, also when it runs from such a view. Empty for one that
/// became a copy.
std::string own_program_path();
/// In the environment of one that runs from a view; nobody else's business.
inline constexpr const char* kOwnProgramVariable = "MINCS_OWN_PROGRAM";

}  // namespace mincs::container
