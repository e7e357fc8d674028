// minc-machine: pid 1 of a container that holds a machine (container/machine_room.hh). To those
// outside it is the command: its streams, its terminal, the signals it gets and its exit status are
// the command's, which runs in the machine's guest (tools/minc-guest).
#include <unistd.h>

#include <csignal>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libvm/frame.hh"
#include "libvm/machine.hh"
#include "tools/minc-machine/monitor.hh"

int main() {
    using namespace mincs;
    // What it says is minc's to whoever reads it.
    return run_tool("minc", {.failed = 125, .usage = 125}, [] {
        if (getpid() != 1)
            throw Error("minc-machine is the first process of a container that minc starts");
        signal(SIGPIPE, SIG_IGN);
        const vm::Machine machine =
            vm::parse_machine(read_file(vm::kPlanAt, 2 * vm::kLongestPlan), "the machine's plan");
        if (machine.debug) set_log("minc", LogLevel::kDebug);
        return machine::run_machine(machine);
    });
}
