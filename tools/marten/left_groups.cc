// See left_groups.hh. A group is made after its container's directory and lock, and goes before
// them.
#include "tools/marten/left_groups.hh"

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/cgroup.hh"

namespace mincs::marten {

void remove_left_groups(const db::Store& store) {
    for (const std::string& id : container::containers_with_groups()) {
        const db::ContainerDirectory directory(store.layout().container(id));
        if (!std::filesystem::exists(directory.base)) continue;  // another store's
        const auto lock = FileLock::try_acquire(directory.lock());
        if (!lock) continue;  // it runs
        debug("removing the control groups of '{}', whose supervisor was killed", id);
        container::Cgroup::remove_left(id);
    }
}

}  // namespace mincs::marten
