// A container that outlives its caller, without a daemon: a process of its own, the supervisor, is
// its parent. The supervisor makes it, holds its lock, writes its log, records how it ended, and
// goes with it. When the supervisor is killed, the kernel ends the container.
#pragma once

#include <functional>
#include <string>

#include "db/store.hh"
#include "librun/plan.hh"

namespace mincs::run {

/// Starts the container that `make_plan` plans, in the supervisor's process and on a store opened
/// there; the caller must not have one open. Before that the supervisor calls `enter`, which may
/// take it into other namespaces. Returns its ID once the command runs. Throws what
/// failed before, as if it had happened here.
std::string start_in_background(const std::function<void()>& enter,
                                const std::function<Plan(db::Store&)>& make_plan);

}  // namespace mincs::run
