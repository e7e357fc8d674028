// Stands for the command while that runs in the machine's guest.
#pragma once

#include "libvm/machine.hh"

namespace mincs::machine {

/// Runs the machine to its end: the command's exit status. Throws Error, with what the guest's
/// console said last, where the guest does not come up or goes without a status.
int run_machine(const vm::Machine& machine);

}  // namespace mincs::machine
