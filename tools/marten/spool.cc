// See spool.hh.
#include "tools/marten/spool.hh"

#include "db/staging.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {

Fd Spool::make(std::optional<SpaceBudget>& budget) const {
    const db::Store store = open_for_reading();
    budget.emplace(store.layout().base(), std::nullopt);
    const db::Staging staging = db::Staging::create(store);
    return image::make_unnamed_file(staging.path());
}

image::ArchiveOptions Spool::archive_options() const {
    image::ArchiveOptions options;
    const auto task = std::make_shared<std::optional<Progress::Task>>();
    const auto budget = std::make_shared<std::optional<SpaceBudget>>();
    options.spool = [this, task, budget] {
        if (!*task) *task = progress_.start("reading", 0);
        return make(*budget);
    };
    options.claim = [this, budget](std::int64_t bytes) {
        try {
            (*budget)->claim(bytes);
        } catch (const SysError&) {
            throw in_context(action_);
        }
    };
    options.cancelled = &stop_.flag();
    options.progress = [task](std::int64_t bytes) {
        if (*task) (*task)->advance(bytes);
    };
    return options;
}

}  // namespace mincs::marten
