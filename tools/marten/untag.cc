// marten untag: takes names away from images; the images stay.
#include "db/record.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

void untag(db::Store& store, const std::string& typed) {
    const db::Image image = db::get_image(store, typed);
    const auto name = db::name_meant(image, typed);
    if (!name)
        throw Error("'{}' is an image's ID and none of its names", printable(typed))
            .with_hint("'marten li' lists the names, 'marten rmi' removes an image");
    debug("the image {} is no longer called '{}'", image.id, *name);
    db::remove_name(store, *name);
    if (image.names.size() == 1)
        warning("the image {} has no name left; 'marten gc --all' would remove it",
                db::short_id(image.id));
}

}  // namespace

void execute(const UntagOptions& options, const StopSignals& stop) {
    db::Store store = open_for_writing();
    for (const std::string& typed : options.names) {
        stop.check();
        untag(store, typed);
    }
}

}  // namespace mincs::marten
