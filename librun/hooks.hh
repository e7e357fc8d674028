// Commands of the host around a container's life (minc --start-hook, --stop-hook): run by the
// host's /bin/sh, as whoever runs minc, in "/", with the state of the container as OCI hooks get it
// (OCI runtime-spec, runtime.md, State) on stdin, and MINCS_ID, MINCS_NAME, MINCS_PID, MINCS_ROOT
// or MINCS_STATUS in the environment. Nothing of the container's own is in it. Host side.
#pragma once

#include "libcore/container/boot.hh"
#include "librun/plan.hh"

namespace mincs::run {

/// RunningContainer::start() with the plan's network and its start hook, if it has them. The
/// network is made while the container is. When both are there, the command waits: for
/// `options.before_command`, and then the hook. For who has one user only, a helper answers the
/// command's chown(2) (container/owner_keeper.hh), and says so once to `messages`, a descriptor
/// (none: -1). Throws Error where one of them fails; the container
/// is gone then. Where the command cannot be started afterwards, the stop hook runs.
container::RunningContainer start_with_hooks(Plan& plan, container::StartOptions options,
                                             int messages);

/// The stop hook, if there is one: the command has ended with this status. Its failure is a
/// warning.
void run_stop_hook(const Plan& plan, int exit_status);

}  // namespace mincs::run
