// See images.hh. Reading only; how images get in and out stands in record.cc and sweep.cc.
#include "db/images.hh"

#include <algorithm>
#include <set>

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

/// Of a layer that stands twice the uppermost place counts.
std::vector<std::string> uppermost_once(std::vector<std::string> layers) {
    std::set<std::string> seen;
    std::vector<std::string> kept;
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
        if (seen.insert(*layer).second) kept.push_back(*layer);
    std::reverse(kept.begin(), kept.end());
    return kept;
}

constexpr const char* kLayersOf =
    "SELECT layer_key FROM image_layers WHERE image_id = ? ORDER BY position";

/// The statements that load one image, prepared once for a whole list.
class Loader {
 public:
    explicit Loader(Database& database)
        : image_(database.prepare("SELECT config, manifest_digest, created_at FROM images "
                                  "WHERE id = ?")),
          names_(database.prepare("SELECT name FROM names WHERE image_id = ? ORDER BY name")),
          layers_(database.prepare(kLayersOf)),
          size_(database.prepare("SELECT coalesce(sum(size), 0) FROM layers WHERE key IN "
                                 "(SELECT layer_key FROM image_layers WHERE image_id = ?)")) {}

    std::optional<Image> load(std::string_view id) {
        if (!image_.bind(id).step()) return std::nullopt;
        Image image;
        image.id = id;
        image.config = image_.text(0);
        image.manifest_digest = image_.text(1);
        image.created_at = image_.integer(2);
        image.names = texts(names_.bind(id));
        image.layers = uppermost_once(texts(layers_.bind(id)));
        size_.bind(id).step();
        image.size = size_.integer(0);
        return image;
    }

 private:
    Statement image_, names_, layers_, size_;
};

}  // namespace

std::optional<Image> find_image(Store& store, std::string_view name_or_id) {
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

std::vector<Image> list_images(Store& store) {
    Statement statement = store.database().prepare("SELECT id FROM images ORDER BY created_at, id");
    const std::vector<std::string> ids = texts(statement);
    Loader loader(store.database());
    std::vector<Image> images;
    for (const std::string& id : ids)
        if (auto image = loader.load(id)) images.push_back(std::move(*image));
    return images;
}

std::vector<std::string> layers_of_image(Store& store, std::string_view id) {
    Statement statement = store.database().query(kLayersOf, id);
    return uppermost_once(texts(statement));
}

std::string short_id(std::string_view id) {
    return std::string(id.substr(0, 12));
}

}  // namespace mincs::db
