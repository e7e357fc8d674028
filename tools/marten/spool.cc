// See spool.hh.
#include "tools/marten/spool.hh"

#include "db/staging.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {

Fd Spool::make() const {
    const db::Store store = open_for_reading();
    const db::Staging staging = db::Staging::create(store);
    return image::make_unnamed_file(staging.path());
}

image::ArchiveOptions Spool::archive_options() const {
    image::ArchiveOptions options;
    const auto task = std::make_shared<std::optional<Progress::Task>>();
    options.spool = [this, task] {
        if (!*task) *task = progress_.start("reading", 0);
        return make();
    };
    options.cancelled = &stop_.flag();
    options.progress = [task](std::int64_t bytes) {
        if (*task) (*task)->advance(bytes);
    };
    return options;
}

}  // namespace mincs::marten
