// See end_container.hh.
#include "tools/marten/end_container.hh"

#include <csignal>

#include "libcore/base/log.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// After SIGKILL: the kernel takes the processes apart, the supervisor writes down what came of it.
constexpr milliseconds kToDie{30000};

milliseconds until(Clock::time_point deadline) {
    return std::max(milliseconds(0),
                    std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

}  // namespace

void end_at_once(const RunningContainer& running, const StopSignals& stop) {
    running.send(SIGKILL);
    thaw(running.container);
    if (!running.end.wait_for(kToDie, stop))
        throw Error("the container '{}' does not end, though it was killed",
                    label_of(running.container));
}

void stop_all(std::vector<RunningContainer>& running, int signal, std::chrono::seconds patience,
              const StopSignals& stop) {
    for (const RunningContainer& each : running) {
        each.send(signal);
        thaw(each.container);  // a frozen process takes no signal
    }
    const auto deadline = Clock::now() + patience;
    for (const RunningContainer& each : running) {
        if (each.end.wait_for(until(deadline), stop)) continue;
        debug("the container {} did not end by signal {}", each.container.id, signal);
        end_at_once(each, stop);
    }
}

}  // namespace mincs::marten
