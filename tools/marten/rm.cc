// marten rm: removes containers that do not run, or ends them first.
#include <cstdio>

#include "db/containers.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/end_container.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {

void execute(const RemoveContainers& options, const StopSignals& stop) {
    db::Store store = open_for_writing();
    // All are looked up first: a wrong name in the list removes nothing.
    std::vector<db::Container> containers;
    for (const std::string& typed : options.containers)
        containers.push_back(db::get_container(store, typed));
    for (const db::Container& container : containers) {
        stop.check();
        debug("removing the container {}", container.id);
        if (options.force)
            if (const auto running = find_running(store, container)) end_at_once(*running, stop);
        remove_left_groups(container);
        // The same one may stand in the list twice.
        if (db::find_container(store, container.id)) db::remove_container(store, container);
        std::puts(container.id.c_str());
    }
}

}  // namespace mincs::marten
