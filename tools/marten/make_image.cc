// See make_image.hh. make_image() is the whole story.
#include "tools/marten/make_image.hh"

#include <set>

#include "libcore/base/json.hh"
#include "libcore/base/log.hh"

namespace mincs::marten {
namespace {

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kGzipLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A layer of the image to be: its directory's key and its blob.
struct StackedLayer {
    std::string key;
    registry::Descriptor blob;
};

/// docker's names for the same things in OCI's words, as an OCI manifest wants them.
std::string as_oci_type(const std::string& type) {
    constexpr std::string_view kDocker = "application/vnd.docker.image.rootfs.";
    if (!type.starts_with(kDocker)) return type;
    const bool is_foreign = type.find(".foreign.") != std::string::npos;
    const std::string compression = type.ends_with(".gzip")   ? "+gzip"
                                    : type.ends_with(".zstd") ? "+zstd"
                                                              : "";
    return fmt::format("application/vnd.oci.image.layer.{}v1.tar{}",
                       is_foreign ? "nondistributable." : "", compression);
}

std::vector<StackedLayer> stack_of(db::Store& store, const ImageRecipe& recipe) {
    std::vector<StackedLayer> stack;
    if (recipe.base) {
        const registry::Manifest manifest = manifest_of(store, *recipe.base);
        const std::vector<db::Layer> layers = db::stack_of_image(store, recipe.base->id);
        if (manifest.layers.size() != layers.size())
            throw Error("{}: the image's manifest and its layers differ in number", recipe.action);
        for (std::size_t i = 0; i < layers.size(); ++i)
            stack.push_back({layers[i].key, manifest.layers[i]});
    }
    if (recipe.layer)
        stack.push_back(
            {recipe.layer->layer.key,
             {kGzipLayerType, recipe.layer->blob.digest, recipe.layer->blob.size, {}, {}}});
    return stack;
}

Json describe(const std::string& type, const Digest& digest, std::int64_t size) {
    return {{"mediaType", type}, {"digest", digest.to_string()}, {"size", size}};
}

std::string write_manifest(const std::string& config, const std::vector<StackedLayer>& stack) {
    Json layers = Json::array();
    for (const StackedLayer& layer : stack) {
        Json& made = layers.emplace_back(
            describe(as_oci_type(layer.blob.media_type), layer.blob.digest, layer.blob.size));
        if (!layer.blob.urls.empty()) made["urls"] = layer.blob.urls;
    }
    return dump_json({{"schemaVersion", 2},
                      {"mediaType", kManifestType},
                      {"config", describe(kConfigType, Digest::of(config),
                                          static_cast<std::int64_t>(config.size()))},
                      {"layers", std::move(layers)}});
}

db::NewBlob stage(const db::Staging& staging, const char* name, const std::string& content) {
    const auto path = staging.path() / name;
    const Fd fd(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                      "creating '{}'", path.native()));
    write_all(fd.get(), content, path.native());
    return {Digest::of(content), path, static_cast<std::int64_t>(content.size())};
}

db::NewImage assemble(const db::Staging& staging, const ImageRecipe& recipe,
                      const std::vector<StackedLayer>& stack) {
    db::NewImage image;
    image.names = recipe.names;
    image.config = recipe.config;
    const std::string manifest = write_manifest(recipe.config, stack);
    image.manifest_digest = Digest::of(manifest).to_string();
    image.blobs = {stage(staging, "manifest", manifest), stage(staging, "config", recipe.config)};
    if (recipe.layer) {
        image.layers.push_back(recipe.layer->layer);
        image.blobs.push_back(recipe.layer->blob);
    }
    std::set<Digest> known;
    for (const db::NewBlob& blob : image.blobs) known.insert(blob.digest);
    for (const StackedLayer& layer : stack) {
        image.layer_keys.push_back(layer.key);
        if (known.insert(layer.blob.digest).second)
            image.blobs.push_back({layer.blob.digest, {}, layer.blob.size});
    }
    return image;
}

std::vector<std::string> keys_of(const db::NewImage& image) {
    std::vector<std::string> keys = image.layer_keys;
    for (const db::NewBlob& blob : image.blobs) keys.push_back(blob.digest.hex());
    return keys;
}

/// Under the locks: what is staged but in the store already stays as it is there, and what is not
/// staged must be there.
void settle(db::Store& store, db::NewImage& image, const std::string& action) {
    std::set<std::string> staged;
    for (db::NewLayer& layer : image.layers) {
        if (db::has_layer(store, layer.key)) layer.staged.clear();
        staged.insert(layer.key);
    }
    for (const std::string& key : image.layer_keys)
        if (!staged.contains(key) && !db::has_layer(store, key))
            throw Error("{}: the layer {} of its image is missing", action, key.substr(0, 12))
                .with_hint("'marten verify --repair' makes it anew");
    for (db::NewBlob& blob : image.blobs) {
        if (db::has_blob(store, blob.digest))
            blob.staged.clear();
        else if (blob.staged.empty())
            throw Error("{}: the blob {} of its image is missing", action, blob.digest.to_string())
                .with_hint("'marten verify --repair' makes it anew");
    }
}

}  // namespace

std::string make_image(db::Store& store, const db::Staging& staging, const ImageRecipe& recipe,
                       const StopSignals& stop) {
    const std::vector<StackedLayer> stack = stack_of(store, recipe);
    db::NewImage image = assemble(staging, recipe, stack);
    const db::KeyLocks locks = db::KeyLocks::acquire(
        store, keys_of(image), [] {}, [&] { return stop.flag().load(); });
    settle(store, image, recipe.action);
    debug("manifest {}: {} layers", image.manifest_digest, stack.size());
    return db::record_image(store, staging, image);
}

registry::Manifest manifest_of(const db::Store& store, const db::Image& image) {
    const std::string what = fmt::format("the manifest of '{}'", db::short_id(image.id));
    if (image.manifest_digest.empty())
        throw Error("{}: it has none, as an early marten imported it", what)
            .with_hint("import it again");
    const auto path = store.layout().blob(Digest::parse(image.manifest_digest));
    return registry::parse_manifest(read_file(path), "", what);
}

}  // namespace mincs::marten
