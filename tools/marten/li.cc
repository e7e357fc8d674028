// marten li: the images, a line for each of their names; with --layers what they are made of.
#include "db/images.hh"
#include "libcore/base/error.hh"
#include "libcore/base/units.hh"
#include "libregistry/reference.hh"
#include "tools/marten/age.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

std::vector<std::string> names_for_people(const db::ImageSummary& image, bool full) {
    std::vector<std::string> names;
    for (const std::string& name : image.names)
        names.push_back(full ? name : registry::Reference::familiar_name(name));
    if (names.empty()) names.emplace_back("<none>");
    return names;
}

void list_layers(const ListImages& options) {
    Listing list({{"layer", "layer"},
                  {"parent", "parent"},
                  {"size", "size"},
                  {"disk", "disk"},
                  {"images", "images"},
                  {"diff_id", "diff_id", false}},
                 options.format);
    db::Store store = open_for_asking();
    const auto id = [&](const std::string& key) { return options.full ? key : db::short_id(key); };
    for (const db::PlacedLayer& placed : db::list_layers(store)) {
        const db::Layer& layer = placed.layer;
        std::vector<std::string> names;
        for (const std::string& name : placed.images)
            names.push_back(options.full ? name : registry::Reference::familiar_name(name));
        const bool is_lowest = placed.parent.empty();
        list.add({{id(layer.key), layer.key},
                  {is_lowest ? "-" : id(placed.parent),
                   is_lowest ? Value(nullptr) : Value(placed.parent)},
                  {format_size(layer.size), layer.size},
                  {layer.disk ? format_size(*layer.disk) : "-",
                   layer.disk ? Value(*layer.disk) : Value(nullptr)},
                  {fmt::format("{}", fmt::join(names, ", ")), placed.images},
                  layer.diff_id.to_string()});
    }
    list.finish();
}

}  // namespace

void execute(const ListImages& options, const StopSignals&) {
    if (options.layers) return list_layers(options);
    Listing list({{"id", "id"},
                  {"size", "size"},
                  {"name", "names"},
                  {"age", "created_at", false},
                  {"layers", "layers", false},
                  {"manifest", "manifest", false}},
                 options.format);
    db::Store store = open_for_asking();
    if (list.is_table()) {
        // Ten thousand images are no reason to wait: nothing is read or made that it does not show.
        for (const db::ImageSummary& image : db::list_images(store)) {
            const std::string_view id(image.id);
            const std::string size = format_size(image.size);
            for (const std::string& name : names_for_people(image, options.full))
                list.add_columns({options.full ? id : db::short_id(id), size, name});
        }
        return list.finish();
    }
    for (const db::StackedImage& image : db::list_stacked_images(store))
        list.add({{options.full ? image.id : db::short_id(image.id), image.id},
                  {format_size(image.size), image.size},
                  {names_for_people(image, options.full), image.names},
                  {age_since(image.created_at), image.created_at},
                  {std::to_string(image.layers.size()), image.layers},
                  image.manifest_digest});
    list.finish();
}

}  // namespace mincs::marten
