// marten rmi: takes a name away from an image, or the image with its last name. Nobody waits for
// the deleting of files: see db/trash.hh.
#include <cstdio>

#include "db/images.hh"
#include "db/record.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

void remove_one(db::Store& store, db::Trash& trash, const std::string& typed) {
    const db::Image image = db::get_image(store, typed);
    const auto name = db::name_meant(image, typed);
    if (image.names.size() > 1) {
        if (!name)
            throw Error("image '{}' has several names: {}", db::short_id(image.id),
                        fmt::join(image.names, ", "))
                .with_hint("'marten rmi NAME' takes one of them away, and the image with the last");
        db::remove_name(store, *name);
        std::puts(name->c_str());
        return;
    }
    db::remove_image(store, image, trash);
    std::puts(image.id.c_str());
}

}  // namespace

void execute(const RemoveImages& options, const StopSignals& stop) {
    db::Store store = open_for_writing();
    db::Trash trash(store);
    for (const std::string& typed : options.images) {
        stop.check();
        debug("removing the image '{}'", typed);
        remove_one(store, trash, typed);
    }
    std::fflush(stdout);
    trash.empty(db::Deletion::kBackground);
}

}  // namespace mincs::marten
