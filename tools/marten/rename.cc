// marten rename: another name for a container. It may run meanwhile; its host name stays.
#include "db/containers.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {

void execute(const RenameOptions& options, const StopSignals&) {
    db::Store store = open_for_writing();
    const db::Container container = db::get_container(store, options.container);
    debug("the container {} is called '{}' now", container.id, options.name);
    db::rename_container(store, container, options.name);
}

}  // namespace mincs::marten
