// The command line of user-mode Linux (kernel Documentation/virt/uml): the kernel is the program.
#pragma once

#include <string>
#include <vector>

#include "libvm/machine.hh"

namespace mincs::vm {

/// Program and arguments, for the same descriptors as qemu's (qemu.hh).
std::vector<std::string> um_command(const Machine& machine);
/// What its environment must say: where the guest's memory is a file.
std::vector<std::string> um_environment();
/// Why it ended, in words, where its console tells a cause that is known; else empty.
std::string um_explanation(std::string_view console);

}  // namespace mincs::vm
