// The last steps before the command: who it is, what it may, where it stands, and execve(2).
// Container side, after pivot_root; each function is one kernel facility.
#pragma once

#include "libcore/container/spec.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

/// Makes the process's working directory, by descriptor inside the new root, missing directories
/// made; a path through /proc/self/fd leads nowhere (CVE-2024-21626).
void enter_working_directory(const std::string& cwd);

/// The same for one that must be there already: whoever joins a container makes nothing in it.
void enter_existing_directory(const std::string& cwd);

/// Limits, groups, group and user IDs, then the capabilities that are left to them. In a user
/// namespace with one group only, groups may not be set (user_namespaces(7)). `user_namespace`, or
/// a pidfd of who is in it: one to enter, -1 for none (emulation.hh).
void become_user(const Process& process, bool must_set_groups = true, int user_namespace = -1);

/// The environment's PATH, or the usual one.
std::string search_path(const std::vector<std::string>& env);

/// Replaces this process; only comes back by CommandError (127 not found, 126 cannot be executed),
/// which says so where the program is another machine's.
[[noreturn]] void exec_command(const Process& process);

}  // namespace mincs::container
