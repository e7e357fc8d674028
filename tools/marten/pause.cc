// marten pause, unpause: all processes of a container stand still, and go on.
#include <cstdio>

#include "tools/marten/commands.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {

void execute(const PauseOptions& options, const StopSignals& stop) {
    db::Store store = open_for_asking();
    std::vector<RunningContainer> running;
    for (const std::string& typed : options.containers) {
        running.push_back(get_running(store, typed));
        refuse_paused(running.back().container);
    }
    for (const RunningContainer& each : running) {
        stop.check();
        freezer_of(each.container).freeze();
        std::puts(each.container.id.c_str());
    }
}

void execute(const UnpauseOptions& options, const StopSignals&) {
    db::Store store = open_for_asking();
    const std::vector<db::Container> containers = get_containers(store, options.containers);
    for (const db::Container& container : containers)
        if (!is_paused(container))
            throw Error("the container '{}' is not paused", label_of(container));
    for (const db::Container& container : containers) {
        thaw(container);
        std::puts(container.id.c_str());
    }
}

}  // namespace mincs::marten
