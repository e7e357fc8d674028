// Ending containers that run, for all commands that do.
#pragma once

#include <vector>

#include "tools/marten/running.hh"

namespace mincs::marten {

/// SIGKILL; returns once its supervisor has written down how it ended.
void end_at_once(const RunningContainer& running, const StopSignals& stop);

/// `signal` to all at once; those that have not ended after `patience` are killed.
void stop_all(std::vector<RunningContainer>& running, int signal, std::chrono::seconds patience,
              const StopSignals& stop);

}  // namespace mincs::marten
