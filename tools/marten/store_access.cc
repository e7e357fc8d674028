// See store_access.hh.
#include "tools/marten/store_access.hh"

#include "db/sweep.hh"
#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "librun/network.hh"
#include "librun/ordinary_user.hh"
#include "tools/marten/left_groups.hh"

namespace mincs::marten {

db::Store open_for_asking() {
    return db::Store::open(db::Layout::standard(), db::Durability::kFast);
}

db::Store open_for_reading() {
    run::become_root_if_ordinary_user();
    return db::Store::open(db::Layout::standard(), db::Durability::kFast);
}

db::Store open_for_writing() {
    run::become_root_if_ordinary_user();
    db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFull);
    debug("the store is '{}'", store.layout().base().native());
    sweep_and_tell(store);
    return store;
}

void sweep_and_tell(db::Store& store) {
    db::SweepResult swept;
    try {
        db::SweepOptions options;
        options.deletion = db::Deletion::kBackground;
        remove_left_groups(store);
        run::sweep_networks(store, false);
        swept = db::sweep(store, options);
    } catch (const Error& error) {
        // Somebody else's garbage that a failing disk holds on to must not stop anybody's work.
        warning("removing what nobody uses: {}, ignoring", error.what());
        return;
    }
    if (swept.staging + swept.layers + swept.blobs + swept.containers > 0)
        debug(
            "reclaimed: {} unfinished works of killed processes, {} layers, {} blobs, {} "
            "containers",
            swept.staging, swept.layers, swept.blobs, swept.containers);
}

}  // namespace mincs::marten
