// See paused.hh.
#include "tools/marten/paused.hh"

#include "libcore/container/cgroup.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

/// Also where it is not known to run: what is frozen outlives its supervisor.
pid_t first_process_of(const db::Container& container) {
    return static_cast<pid_t>(container.last_run ? container.last_run->init.pid : 0);
}

}  // namespace

container::Freezer freezer_of(const db::Container& container) {
    return container::Freezer(container.id, first_process_of(container));
}

bool is_paused(const db::Container& container) {
    return container::is_paused(container.id, first_process_of(container));
}

void refuse_paused(const db::Container& container) {
    if (is_paused(container))
        throw Error("the container '{}' is paused", label_of(container))
            .with_hint(fmt::format("'marten unpause {}' lets it go on", label_of(container)));
}

void thaw(const db::Container& container) {
    if (!is_paused(container)) return;
    const pid_t home =
        container.last_run ? static_cast<pid_t>(container.last_run->supervisor.pid) : 0;
    freezer_of(container).thaw(home);
}

void remove_left_groups(const db::Container& container) {
    if (container.running) return;
    thaw(container);
    container::Cgroup::remove_left(container.id);
}

}  // namespace mincs::marten
