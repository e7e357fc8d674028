// The run that shows what the command needs: boots it in a container with the tracer listening.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "libcore/container/spec.hh"
#include "librun/plan.hh"
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

struct TracedRun {
    int status = 0;        ///< the command's, as a shell counts
    bool stopped = false;  ///< by the timeout
    Trace trace;
};

/// Runs `spec` (of `plan`, maybe with more mounts) to its end, or stops it after `timeout`. Throws
/// CommandError where the command cannot be started.
TracedRun run_traced(run::Plan& plan, const container::ContainerSpec& spec,
                     std::optional<std::chrono::seconds> timeout);

}  // namespace mincs::polecat
