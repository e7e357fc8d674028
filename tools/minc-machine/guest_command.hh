// One more command in the guest of a machine that runs: what marten exec starts in the machine
// room. This process stands for the command, as the monitor does for the machine's.
#pragma once

#include "libvm/machine.hh"

namespace mincs::machine {

/// Runs it to its end: its exit status; 137 where the machine ends before. Throws Error where the
/// monitor does not answer.
int run_guest_command(const vm::GuestCommand& command);

}  // namespace mincs::machine
