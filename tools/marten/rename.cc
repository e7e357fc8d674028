// marten rename: another name for a container. It may run meanwhile; its host name stays, and the
// others in its network reach it by the new one.
#include "db/containers.hh"
#include "db/networks.hh"
#include "libcore/base/log.hh"
#include "librun/network.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {

void execute(const RenameOptions& options, const StopSignals&) {
    db::Store store = open_for_writing();
    const db::Container container = db::get_container(store, options.container);
    debug("the container {} is called '{}' now", container.id, options.name);
    db::rename_container(store, container, options.name);
    db::rename_lease(store, container.id, run::network_names(options.name, container.id));
}

}  // namespace mincs::marten
