// The command, from its start to its end: its streams go over the line to the host, and what comes
// over that goes to the command.
#pragma once

#include "libvm/channel.hh"
#include "tools/minc-guest/plan.hh"

namespace mincs::guest {

/// The exit status, as RunningContainer::wait(). All that the command has printed has been sent by
/// then. Throws what its start throws.
int run_and_relay(vm::Channel& channel, const Plan& plan);

}  // namespace mincs::guest
