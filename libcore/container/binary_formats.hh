// The kernel's table of binary formats (binfmt_misc, admin-guide/binfmt-misc.rst): which programs
// it hands to an interpreter, here qemu-user. Each user namespace may have one (Linux 6.7); a
// process's is the nearest one upwards. Entries are there as long as the file system is mounted
// somewhere (before 6.7: until they are removed).
#pragma once

#include <string>
#include <string_view>

#include "libcore/base/fd.hh"
#include "libcore/container/architectures.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {

/// The table of the user namespace that we are in, as a mount that is nowhere yet. SysError: EPERM
/// where only the host has one, ENODEV where nobody has.
Fd open_binary_formats();

/// What binfmt_misc is told: flags P (the command's argv[0] stays its own), F (the interpreter is
/// opened now, so it need not be in the container's root) and O (what may not be read is run, too).
std::string registration(const Emulator& emulator, std::string_view name);

/// Adds an entry; one of that name that is there already stays. Throws SysError.
void add_format(int table, const Emulator& emulator, std::string_view name);
/// Removes an entry, if it is there.
void remove_format(int table, std::string_view name);

/// Whether an entry's text, as the kernel shows it, means programs of this architecture and an
/// interpreter that is open already: then it works in any root.
bool serves_any_root(std::string_view entry, const Architecture& architecture);

}  // namespace mincs::container
