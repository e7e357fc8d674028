// See paused.hh.
#include "tools/marten/paused.hh"

#include "libcore/container/cgroup.hh"
#include "libcore/container/freezer.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {

void refuse_paused(const db::Container& container) {
    if (container::is_paused(container.id))
        throw Error("the container '{}' is paused", label_of(container))
            .with_hint(fmt::format("'marten unpause {}' lets it go on", label_of(container)));
}

void thaw(const db::Container& container) {
    if (!container::is_paused(container.id)) return;
    const pid_t home =
        container.last_run ? static_cast<pid_t>(container.last_run->supervisor.pid) : 0;
    container::Freezer(container.id).thaw(home);
}

void remove_left_groups(const db::Container& container) {
    if (container.running) return;
    thaw(container);
    container::Cgroup::remove_left(container.id);
}

}  // namespace mincs::marten
