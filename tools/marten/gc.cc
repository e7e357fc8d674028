// marten gc: removes what nothing refers to, and tells how much that was. What others work on
// stays.
#include "db/record.hh"
#include "db/sweep.hh"
#include "db/usage.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "librun/network.hh"
#include "librun/ordinary_user.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/left_groups.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

void tell(const GcOptions& options, std::int64_t images, const db::StoreUsage& usage) {
    Listing list({{"kind", "kind"}, {"count", "count"}, {"size", "size"}}, options.format);
    const auto add = [&](const char* kind, std::int64_t count, std::int64_t bytes) {
        list.add({std::string(kind), {std::to_string(count), count}, {format_size(bytes), bytes}});
    };
    const auto add_share = [&](const char* kind, const db::Share& share) {
        add(kind, share.reclaimable.count, share.reclaimable.disk);
    };
    add("images", images, 0);
    add_share("layers", usage.layers);
    add_share("blobs", usage.blobs);
    add_share("unfinished", usage.unfinished);
    list.add({std::string("total"),
              {"-", nullptr},
              {format_size(usage.reclaimable()), usage.reclaimable()}});
    list.finish();
}

void remove_images(db::Store& store, const std::vector<std::string>& ids, const StopSignals& stop) {
    db::Trash trash(store);
    for (const std::string& id : ids) {
        stop.check();
        // Somebody may have named, used or removed it meanwhile.
        const auto image = db::find_image(store, id);
        if (!image || !image->names.empty()) continue;
        try {
            db::remove_image(store, *image, trash);
        } catch (const Error& error) {
            debug("{}, ignoring", error.what());
        }
    }
}

}  // namespace

void execute(const GcOptions& options, const StopSignals& stop) {
    run::become_root_if_ordinary_user();
    db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFull);
    const std::vector<std::string> unused =
        options.all ? db::unused_images(store) : std::vector<std::string>();
    const db::StoreUsage usage = db::measure_usage(store, options.all);
    if (!options.dry_run) {
        remove_images(store, unused, stop);
        remove_left_groups(store);
        run::sweep_networks(store, true);
        db::sweep(store, {.everything = true, .all_partials = true});
    }
    tell(options, static_cast<std::int64_t>(unused.size()), usage);
}

}  // namespace mincs::marten
