// marten tag: one more name for an image. The name leaves the image that had it.
#include "db/record.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {

void execute(const TagOptions& options, const StopSignals&) {
    const std::string name = local_image_name(options.name);
    db::Store store = open_for_writing();
    const db::Image image = db::get_image(store, options.image);
    debug("the image {} is now called '{}' as well", image.id, name);
    db::add_name(store, image.id, name);
}

}  // namespace mincs::marten
