// marten apply: the host as a transaction. What a container changed that ran on the host's own root
// under an overlay is put onto that root, unless the host itself has changed there since.
#include <unistd.h>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/log.hh"
#include "libcore/fs/merged.hh"
#include "libcore/layer/merge_down.hh"
#include "tools/marten/change_listing.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/host_root.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

/// Lines on stderr about what stands against it.
constexpr std::size_t kMostLines = 100;

db::Container get_host_container(db::Store& store, const std::string& typed) {
    db::Container container = db::get_container(store, typed);
    if (is_of_the_host(container)) return container;
    throw Error("the container '{}' was not made from the host's own root, but from '{}'",
                label_of(container), printable(container.root))
        .with_hint("'marten commit' makes an image of it");
}

/// When it was made, to the nanosecond: nothing is ever changed in its mount point. A store that
/// was copied may have a younger one; the row's seconds are an upper bound then.
struct timespec birth_of(const db::ContainerDirectory& directory, const db::Container& container) {
    struct stat status;
    check(stat(directory.root().c_str(), &status), "looking at '{}'", directory.root().native());
    if (status.st_mtim.tv_sec > container.created_at) return {container.created_at + 1, 0};
    return status.st_mtim;
}

layer::MergeOptions merge_options(const db::Store& store, const db::Container& container,
                                  const StopSignals& stop) {
    layer::MergeOptions options;
    const db::ContainerDirectory directory(store.layout().container(container.id));
    options.since = birth_of(directory, container);
    const auto base = std::filesystem::canonical(store.layout().base());
    options.untouchable = {"proc", "sys", "dev", base.relative_path().native()};
    options.staging = fmt::format(".marten-apply-{}", db::short_id(container.id));
    options.check_stop = [&stop] { stop.check(); };
    return options;
}

std::vector<layer::Change> find_changes(const fs::RootDir& upper) {
    std::vector<layer::Change> changes;
    const fs::RootDir host = fs::open_merged({"/"}, "the host's root");
    layer::changes_in_upper(upper, &host, [&](const layer::Change& change) {
        changes.push_back(change);
        return true;
    });
    return changes;
}

void tell(Listing& list, const std::vector<layer::Change>& changes) {
    for (const layer::Change& change : changes) list.add(row_of(change));
    list.finish();
}

/// Throws where something stands against it that the caller has not overruled.
void heed(std::vector<layer::Obstacle> obstacles, bool is_forced, const std::string& label) {
    if (is_forced)
        std::erase_if(obstacles, [](const layer::Obstacle& it) { return it.is_conflict; });
    if (obstacles.empty()) return;
    std::vector<std::string> lines;
    bool all_conflicts = true;
    for (const layer::Obstacle& obstacle : obstacles) {
        all_conflicts = all_conflicts && obstacle.is_conflict;
        if (lines.size() < kMostLines)
            lines.push_back(fmt::format("'{}': {}", printable(obstacle.path), obstacle.reason));
    }
    if (obstacles.size() > kMostLines)
        lines.push_back(fmt::format("and {} more", obstacles.size() - kMostLines));
    Error error("the container '{}' cannot be applied: {} {} against it; nothing was done", label,
                obstacles.size(), obstacles.size() == 1 ? "file stands" : "files stand");
    if (all_conflicts) error.with_hint("--force puts the container's over the host's");
    throw DetailedError(std::move(error), std::move(lines));
}

}  // namespace

void execute(const ApplyOptions& options, const StopSignals& stop) {
    Listing list = change_listing(options.format, options.full);
    db::Store store = options.dry_run ? open_for_reading() : open_for_writing();
    const db::Container container = get_host_container(store, options.container);
    const std::string label = label_of(container);
    const FileLock lock = db::lock_container(store, container);
    const db::ContainerDirectory directory(store.layout().container(container.id));
    const fs::RootDir upper = fs::RootDir::open(directory.storage());
    const fs::RootDir host = fs::RootDir::open("/");

    const layer::MergeOptions merge = merge_options(store, container, stop);
    const layer::MergePlan plan = layer::plan_merge(upper, host, merge);
    // Told last, but afterwards there is no difference left to tell.
    std::vector<layer::Change> changes;
    if (!options.quiet) changes = find_changes(upper);
    if (options.dry_run) tell(list, changes);
    heed(plan.obstacles, options.force, label);
    if (options.dry_run) return;
    layer::merge_down(plan, upper, host, merge);
    if (!options.quiet) tell(list, changes);
    if (options.remove)
        db::remove_container(store, container, true);
    else if (!options.quiet && isatty(STDERR_FILENO) == 1)
        write_log_line("hint", fmt::format("the container stays until 'marten rm {}'", label));
}

}  // namespace mincs::marten
