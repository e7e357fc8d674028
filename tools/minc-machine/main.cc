// minc-machine: pid 1 of a container that holds a machine (container/machine_room.hh). To those
// outside it is the command: its streams, its terminal, the signals it gets and its exit status are
// the command's, which runs in the machine's guest (tools/minc-guest). With words it is one more
// process there, and one more command's.
#include <unistd.h>

#include <csignal>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libvm/frame.hh"
#include "libvm/machine.hh"
#include "tools/minc-machine/guest_command.hh"
#include "tools/minc-machine/monitor.hh"

int main(int argc, char** argv) {
    using namespace mincs;
    if (argc > 1)
        return run_tool("marten", {.failed = 125, .usage = 2}, [&] {
            signal(SIGPIPE, SIG_IGN);
            const std::span<char* const> words(argv + 1, argv + argc);
            return machine::run_guest_command(vm::parse_guest_command(words));
        });
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
