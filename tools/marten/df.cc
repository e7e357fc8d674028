// marten df: what takes how much of the disk. The total is what du(1) says of the store's
// directory, to the byte; --long lists the images instead.
#include "db/usage.hh"
#include "libcore/base/units.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

void list_shares(const DfOptions& options) {
    Listing list(
        {{"kind", "kind"}, {"count", "count"}, {"size", "size"}, {"reclaimable", "reclaimable"}},
        options.format);
    db::Store store = open_for_reading();
    const db::StoreUsage usage = db::measure_usage(store);
    const auto add = [&](const char* kind, const db::Share& share) {
        list.add({std::string(kind),
                  {std::to_string(share.all.count), share.all.count},
                  {format_size(share.all.disk), share.all.disk},
                  {format_size(share.reclaimable.disk), share.reclaimable.disk}});
    };
    add("layers", usage.layers);
    add("blobs", usage.blobs);
    add("containers", usage.containers);
    add("unfinished", usage.unfinished);
    db::Share rest = usage.rest;
    rest.all.count = 1;
    add("database", rest);
    list.add({std::string("total"),
              {"-", nullptr},
              {format_size(usage.disk()), usage.disk()},
              {format_size(usage.reclaimable()), usage.reclaimable()}});
    list.finish();
}

void list_images(const DfOptions& options) {
    Listing list({{"id", "id"},
                  {"size", "size"},
                  {"unique", "unique"},
                  {"shared", "shared"},
                  {"name", "names"}},
                 options.format);
    db::Store store = open_for_reading();
    for (const db::ImageUsage& usage : db::measure_images(store)) {
        std::vector<std::string> names = usage.image.names;
        if (names.empty()) names.emplace_back("<none>");
        const std::int64_t shared = usage.disk - usage.unique;
        list.add({usage.image.id,
                  {format_size(usage.disk), usage.disk},
                  {format_size(usage.unique), usage.unique},
                  {format_size(shared), shared},
                  {std::move(names), usage.image.names}});
    }
    list.finish();
}

}  // namespace

void execute(const DfOptions& options, const StopSignals&) {
    options.full ? list_images(options) : list_shares(options);
}

}  // namespace mincs::marten
