// See images.hh. Reading only; how images get in and out stands in record.cc and sweep.cc.
#include "db/images.hh"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "libcore/base/error.hh"

namespace mincs::db {
namespace {

constexpr std::size_t kShortestPrefix = 4;
constexpr std::size_t kIdDigits = 64;

/// "debian" -> "debian:latest"; what has a tag or a digest stays.
std::string with_tag(std::string_view typed) {
    const std::size_t slash = typed.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? typed : typed.substr(slash + 1);
    const bool complete = last.find_first_of(":@") != std::string_view::npos;
    return complete ? std::string(typed) : fmt::format("{}:latest", typed);
}

/// IDs that could be meant, fewest guesses first; each query's hits are the candidates of one kind
/// of guess.
struct Candidate {
    std::string id;
    std::string label;  ///< what to call it where several fit
};

std::vector<Candidate> collect(Statement statement) {
    std::vector<Candidate> found;
    while (statement.step()) found.push_back({statement.text(0), statement.text(1)});
    return found;
}

std::vector<Candidate> by_whole_name(Database& database, const std::string& name) {
    return collect(database.query("SELECT image_id, name FROM names WHERE name = ?", name));
}

/// Names that end in "/NAME".
std::vector<Candidate> by_last_components(Database& database, const std::string& name) {
    return collect(database.query(
        "SELECT image_id, name FROM names WHERE substr(name, -length(?1)) = ?1 ORDER BY name",
        "/" + name));
}

bool may_be_id(std::string_view text) {
    return text.size() >= kShortestPrefix && text.size() <= kIdDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<Candidate> by_prefix(Database& database, std::string_view typed) {
    if (typed.starts_with("sha256:")) typed.remove_prefix(7);
    if (!may_be_id(typed)) return {};
    return collect(
        database.query("SELECT id, id FROM images WHERE id >= ?1 AND id < ?1 || 'g'", typed));
}

/// Nothing where there is none; Error where the candidates are different images.
std::optional<std::string> only_one(const std::vector<Candidate>& candidates,
                                    std::string_view typed) {
    if (candidates.empty()) return std::nullopt;
    std::string labels;
    bool same = true;
    for (const Candidate& candidate : candidates) {
        same = same && candidate.id == candidates.front().id;
        labels += fmt::format("{}'{}'", labels.empty() ? "" : ", ", candidate.label);
    }
    if (same) return candidates.front().id;
    throw Error("'{}' may be several images: {}", printable(typed), printable(labels))
        .with_hint("type more of the name or of the ID");
}

/// What `marten pull` makes of a typed name, beginning with the name itself.
std::vector<std::string> whole_names(std::string_view typed) {
    constexpr std::string_view kHub = "docker.io/";
    std::string name = with_tag(typed);
    std::vector<std::string> names = {std::string(typed), name};
    if (name.starts_with(kHub)) name.erase(0, kHub.size());
    names.push_back(fmt::format("{}library/{}", kHub, name));
    names.push_back(fmt::format("{}{}", kHub, name));
    return names;
}

std::optional<std::string> find_id(Database& database, std::string_view typed) {
    // No name is a whole ID: the reference grammar forbids repositories of 64 hex digits.
    if (typed.size() == kIdDigits)
        if (auto id = only_one(by_prefix(database, typed), typed)) return id;
    for (const std::string& name : whole_names(typed))
        if (auto id = only_one(by_whole_name(database, name), typed)) return id;
    if (auto id = only_one(by_last_components(database, with_tag(typed)), typed)) return id;
    return only_one(by_prefix(database, typed), typed);
}

std::vector<std::string> texts(Statement& statement) {
    std::vector<std::string> found;
    while (statement.step()) found.push_back(statement.text(0));
    return found;
}

constexpr const char* kStackOf =
    "SELECT key, diff_id, layers.size, entries, disk, depends, opaque FROM image_layers "
    "JOIN layers ON key = layer_key WHERE image_id = ? ORDER BY position";

std::vector<Layer> read_stack(Statement& statement) {
    std::vector<Layer> stack;
    while (statement.step()) {
        Layer layer;
        layer.key = statement.text(0);
        layer.diff_id = Digest::parse(statement.text(1));
        layer.size = statement.integer(2);
        layer.entries = statement.integer(3);
        if (!statement.is_null(4)) layer.disk = statement.integer(4);
        layer.depends = statement.integer(5) != 0;
        layer.opaque = statement.integer(6) != 0;
        stack.push_back(std::move(layer));
    }
    return stack;
}

/// The statements that load one image, prepared once for a whole list.
class Loader {
 public:
    explicit Loader(Database& database)
        : image_(database.prepare("SELECT json, manifest_digest, created_at, size FROM images "
                                  "JOIN configs ON image_id = id WHERE id = ?")),
          names_(database.prepare("SELECT name FROM names WHERE image_id = ? ORDER BY name")),
          stack_(database.prepare(kStackOf)) {}

    std::optional<Image> load(std::string_view id) {
        if (!image_.bind(id).step()) return std::nullopt;
        Image image;
        image.id = id;
        image.config = image_.text(0);
        image.manifest_digest = image_.text(1);
        image.created_at = image_.integer(2);
        image.size = image_.integer(3);
        image.names = texts(names_.bind(id));
        image.layers = visible_layers(read_stack(stack_.bind(id)));
        return image;
    }

 private:
    Statement image_, names_, stack_;
};

/// Calls `take(image, row)` for each row of `rows`, which begins with an image's ID. Both are in
/// the order of the IDs, which is that of a key and of an index: nothing is looked up.
template <typename Image, typename Take>
void merge(std::vector<Image>& images, Statement rows, Take&& take) {
    for (auto image = images.begin(); rows.step();) {
        const std::string_view id = rows.text_view(0);
        while (image != images.end() && image->id < id) ++image;
        // Foreign keys say that there is one, but verify lists a damaged database, too.
        if (image != images.end() && image->id == id) take(*image, rows);
    }
}

/// By ID.
template <typename Image>
std::vector<Image> read_summaries(Database& database) {
    std::vector<Image> images;
    Statement row = database.prepare("SELECT id, created_at, size FROM images ORDER BY id");
    while (row.step()) {
        Image& image = images.emplace_back();
        image.id = row.text(0);
        image.created_at = row.integer(1);
        image.size = row.integer(2);
    }
    merge(images, database.prepare("SELECT image_id, name FROM names ORDER BY image_id, name"),
          [](Image& image, Statement& name) { image.names.push_back(name.text(1)); });
    return images;
}

/// Sorts numbers and moves each image once.
template <typename Image>
std::vector<Image> oldest_first(std::vector<Image> images) {
    std::vector<std::pair<std::int64_t, std::size_t>> order;
    order.reserve(images.size());
    for (std::size_t i = 0; i < images.size(); ++i) order.emplace_back(images[i].created_at, i);
    std::sort(order.begin(), order.end());
    std::vector<Image> sorted;
    sorted.reserve(images.size());
    for (const auto& [created_at, i] : order) sorted.push_back(std::move(images[i]));
    return sorted;
}

}  // namespace

std::optional<Image> find_image(Store& store, std::string_view name_or_id) {
    const Snapshot snapshot(store.database());  // and one lock for all that is asked
    const auto id = find_id(store.database(), name_or_id);
    if (!id) return std::nullopt;
    return Loader(store.database()).load(*id);
}

Image get_image(Store& store, std::string_view name_or_id) {
    if (auto image = find_image(store, name_or_id)) return std::move(*image);
    throw Error("there is no image '{}'", printable(name_or_id))
        .with_hint(fmt::format("'marten pull {}' fetches it, 'marten li' lists what is here",
                               printable(name_or_id)));
}

std::optional<std::string> name_meant(const Image& image, std::string_view typed) {
    for (const std::string& whole : whole_names(typed))
        if (std::find(image.names.begin(), image.names.end(), whole) != image.names.end())
            return whole;
    std::vector<std::string> fitting;
    for (const std::string& name : image.names)
        if (name.ends_with("/" + with_tag(typed))) fitting.push_back(name);
    if (fitting.size() > 1)
        throw Error("'{}' may be several names: {}", printable(typed), fmt::join(fitting, ", "))
            .with_hint("type more of the name");
    return fitting.empty() ? std::nullopt : std::optional(fitting.front());
}

std::vector<ImageSummary> list_images(Store& store) {
    const Snapshot snapshot(store.database());
    return oldest_first(read_summaries<ImageSummary>(store.database()));
}

std::vector<StackedImage> list_stacked_images(Store& store) {
    Database& database = store.database();
    const Snapshot snapshot(database);
    auto images = read_summaries<StackedImage>(database);
    merge(images, database.prepare("SELECT id, manifest_digest FROM images ORDER BY id"),
          [](StackedImage& image, Statement& row) { image.manifest_digest = row.text(1); });
    merge(images,
          database.prepare(
              "SELECT image_id, layer_key FROM image_layers ORDER BY image_id, position"),
          [](StackedImage& image, Statement& row) { image.layers.push_back(row.text(1)); });
    Statement opaque_rows = database.prepare("SELECT key FROM layers WHERE opaque");
    const std::vector<std::string> keys = texts(opaque_rows);
    const std::set<std::string> opaque(keys.begin(), keys.end());
    for (StackedImage& image : images) {
        std::vector<Layer> stack;
        for (const std::string& key : image.layers)
            stack.push_back({.key = key, .opaque = opaque.count(key) != 0});
        image.layers = visible_layers(stack);
    }
    return oldest_first(std::move(images));
}

std::vector<Layer> stack_of_image(Store& store, std::string_view id) {
    Statement statement = store.database().query(kStackOf, id);
    return read_stack(statement);
}

std::optional<Layer> find_layer(Store& store, std::string_view key) {
    Statement row = store.database().query(
        "SELECT key, diff_id, size, entries, disk, depends, opaque FROM layers WHERE key = ?", key);
    std::vector<Layer> found = read_stack(row);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<std::string> visible_layers(const std::vector<Layer>& stack) {
    std::set<std::string> seen;
    std::vector<std::string> visible;
    for (auto layer = stack.rbegin(); layer != stack.rend(); ++layer) {
        // Of a layer that stands twice the uppermost place counts.
        if (seen.insert(layer->key).second) visible.push_back(layer->key);
        if (layer->opaque) break;
    }
    std::reverse(visible.begin(), visible.end());
    return visible;
}

std::vector<std::string> layers_of_image(Store& store, std::string_view id) {
    return visible_layers(stack_of_image(store, id));
}

std::string short_id(std::string_view id) {
    return std::string(id.substr(0, 12));
}

std::vector<PlacedLayer> list_layers(Store& store) {
    const std::vector<ImageSummary> images = list_images(store);
    const Snapshot snapshot(store.database());
    std::unordered_map<std::string, Layer> layers;
    Statement all = store.database().prepare(
        "SELECT key, diff_id, size, entries, disk, depends, opaque FROM layers");
    for (Layer& layer : read_stack(all)) layers.emplace(layer.key, std::move(layer));
    std::unordered_map<std::string, std::vector<std::string>> stacks;
    Statement row = store.database().prepare(
        "SELECT image_id, layer_key FROM image_layers ORDER BY image_id, position");
    while (row.step()) stacks[row.text(0)].push_back(row.text(1));
    std::vector<PlacedLayer> placed;
    std::unordered_map<std::string, std::size_t> index;  // by key and parent
    for (const ImageSummary& image : images) {
        std::string parent;
        for (const std::string& key : stacks[image.id]) {
            const auto [found, is_new] = index.emplace(key + parent, placed.size());
            if (is_new) placed.push_back({layers[key], parent, {}});
            std::vector<std::string>& users = placed[found->second].images;
            const std::vector<std::string> labels =
                image.names.empty() ? std::vector{short_id(image.id)} : image.names;
            // The same layer may stand upon itself, twice.
            if (users.empty() || users.back() != labels.back())
                users.insert(users.end(), labels.begin(), labels.end());
            parent = key;
        }
    }
    return placed;
}

std::vector<std::string> names_with_blob(Store& store, const Digest& digest) {
    Statement statement = store.database().query(
        "SELECT name FROM names JOIN image_blobs USING (image_id) WHERE digest = ? ORDER BY name",
        digest.to_string());
    return texts(statement);
}

}  // namespace mincs::db
