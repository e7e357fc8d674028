// The system calls a container may make (seccomp(2)): an allow-list of names (seccomp_profile.hh),
// compiled at build time to a BPF search by ranges for x86-64, i386 and x32. What is not on it
// fails with EPERM, what programs probe for (clone3) with ENOSYS.
#pragma once

#include <linux/filter.h>

#include <span>

#include "libcore/base/fd.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {

/// The built-in program.
std::span<const sock_filter> default_seccomp_program();
/// The program for a container: `compiled` (seccomp_compiler.hh), or the built-in where that is
/// empty. Error where the container has a profile of its own, which must not be forgotten.
std::span<const sock_filter> program_for(const ContainerSpec& spec,
                                         std::span<const sock_filter> compiled);

/// Container side: installs it for this process and all it will start. Needs no_new_privs or
/// CAP_SYS_ADMIN.
void install_seccomp(std::span<const sock_filter> program);
/// The same for a program that answers SECCOMP_RET_USER_NOTIF; returns the listener
/// (seccomp_unotify(2)).
Fd install_seccomp_listener(std::span<const sock_filter> program);

}  // namespace mincs::container
