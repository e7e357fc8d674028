// marten li: the images, a line for each of their names.
#include <chrono>
#include <cstdio>

#include "db/images.hh"
#include "db/record.hh"
#include "libcore/base/json.hh"
#include "libcore/base/units.hh"
#include "libregistry/reference.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/table.hh"

namespace mincs::marten {
namespace {

std::string as_table(const std::vector<db::Image>& images, bool full) {
    std::vector<std::vector<std::string>> rows = {{"ID", "SIZE", "NAME"}};
    for (const db::Image& image : images) {
        const std::string id = full ? image.id : db::short_id(image.id);
        const std::string size = format_size(image.size);
        if (image.names.empty()) rows.push_back({id, size, "<none>"});
        for (const std::string& name : image.names)
            rows.push_back(
                {id, size, full ? name : registry::Reference::parse(name).familiar_name()});
    }
    return format_table(rows);
}

std::string as_json(const std::vector<db::Image>& images) {
    Json list = Json::array();
    for (const db::Image& image : images)
        list.push_back({{"id", image.id},
                        {"names", image.names},
                        {"size", image.size},
                        {"layers", image.layers},
                        {"manifest", image.manifest_digest},
                        {"created_at", image.created_at}});
    return dump_json(list, 2) + "\n";
}

}  // namespace

void execute(const ListImages& options, const StopSignals&) {
    db::Store store = open_for_reading();
    const auto images = db::list_images(store);
    const std::string text =
        options.format == "json" ? as_json(images) : as_table(images, options.full);
    std::fputs(text.c_str(), stdout);
}

}  // namespace mincs::marten
