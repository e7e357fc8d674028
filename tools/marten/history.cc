// marten history: how an image was made, the last step first, as its config tells; the sizes are
// those of the layers here.
#include <algorithm>

#include "db/images.hh"
#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/timestamps.hh"
#include "libcore/base/units.hh"
#include "tools/marten/age.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

struct Step {
    std::optional<db::Layer> layer;  ///< none: it changed no file
    std::string created;             ///< RFC 3339, as written
    std::string created_by;
    std::string comment;
};

/// A config may tell less or more than there is, or nothing: layers without a word are told too.
std::vector<Step> steps_of(db::Store& store, const db::Image& image) {
    const std::string what = fmt::format("the config of '{}'", db::short_id(image.id));
    const std::vector<db::Layer> layers = db::stack_of_image(store, image.id);
    std::vector<Step> steps;
    std::size_t next = 0;
    const Json document = parse_json(image.config, what);
    const auto history = document.find("history");
    if (history != document.end() && history->is_array())
        for (const Json& entry : *history) {
            Step& step = steps.emplace_back();
            step.created = json_string_if(entry, "created", what).value_or("");
            step.created_by = json_string_if(entry, "created_by", what).value_or("");
            step.comment = json_string_if(entry, "comment", what).value_or("");
            const bool is_empty = json_bool_if(entry, "empty_layer", what).value_or(false);
            if (!is_empty && next < layers.size()) step.layer = layers[next++];
        }
    for (; next < layers.size(); ++next) steps.push_back({layers[next], "", "", ""});
    std::reverse(steps.begin(), steps.end());
    return steps;
}

std::string shortened(const std::string& text, bool full) {
    constexpr std::size_t kWidth = 60;
    if (full || text.size() <= kWidth) return text;
    return text.substr(0, kWidth - 3) + "...";
}

std::string or_dash(std::string text) {
    return text.empty() ? "-" : text;
}

}  // namespace

void execute(const HistoryOptions& options, const StopSignals&) {
    Listing list({{"layer", "layer"},
                  {"age", "created_at"},
                  {"size", "size"},
                  {"by", "created_by"},
                  {"comment", "comment"}},
                 options.format);
    db::Store store = open_for_asking();
    for (const Step& step : steps_of(store, db::get_image(store, options.image))) {
        const std::string key = step.layer ? step.layer->key : "";
        const std::int64_t size = step.layer ? step.layer->size : 0;
        const auto created = parse_rfc3339(step.created);
        list.add({{or_dash(options.full ? key : db::short_id(key)), key},
                  {created ? age_since(*created) : "-", created ? Value(*created) : Value(nullptr)},
                  {format_size(size), size},
                  {or_dash(shortened(step.created_by, options.full)), step.created_by},
                  {shortened(step.comment, options.full), step.comment}});
    }
    list.finish();
}

}  // namespace mincs::marten
