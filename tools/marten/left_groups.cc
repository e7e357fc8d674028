// See left_groups.hh. A group or an instance is made after its container's directory and lock, and
// goes before them.
#include "tools/marten/left_groups.hh"

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/cgroup.hh"
#include "libcore/container/trace_instance.hh"

namespace mincs::marten {
namespace {

/// Whether it is a container of this store, and its supervisor is gone.
bool is_left(const db::Store& store, const std::string& id) {
    const db::ContainerDirectory directory(store.layout().container(id));
    return std::filesystem::exists(directory.base) && FileLock::try_acquire(directory.lock());
}

}  // namespace

void remove_left_groups(const db::Store& store) {
    for (const std::string& id : container::containers_with_groups()) {
        if (!is_left(store, id)) continue;
        debug("removing the control groups of '{}', whose supervisor was killed", id);
        container::Cgroup::remove_left(id);
    }
    for (const std::string& id : container::TraceInstance::containers()) {
        if (!is_left(store, id)) continue;
        debug("removing the tracing instance of '{}', whose supervisor was killed", id);
        container::TraceInstance::remove_left(id);
    }
}

}  // namespace mincs::marten
