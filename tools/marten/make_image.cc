// See make_image.hh. make_image() is the whole story.
#include "tools/marten/make_image.hh"

#include <set>

#include "libcore/base/log.hh"
#include "libimage/documents.hh"
#include "tools/marten/store_source.hh"

namespace mincs::marten {
namespace {

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
        stack.push_back({recipe.layer->layer.key,
                         {std::string(image::kOciLayerType) + "+gzip",
                          recipe.layer->blob.digest,
                          recipe.layer->blob.size,
                          {},
                          {}}});
    return stack;
}

image::Document write_manifest(const std::string& config, const std::vector<StackedLayer>& stack) {
    std::vector<registry::Descriptor> layers;
    for (const StackedLayer& layer : stack) {
        layers.push_back(layer.blob);
        layers.back().media_type = as_oci_type(layer.blob.media_type);
    }
    return image::make_manifest({image::kOciConfigType,
                                 Digest::of(config),
                                 static_cast<std::int64_t>(config.size()),
                                 {},
                                 {}},
                                layers);
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
    const image::Document manifest = write_manifest(recipe.config, stack);
    image.manifest_digest = manifest.digest.to_string();
    image.blobs = {stage(staging, "manifest", manifest.raw),
                   stage(staging, "config", recipe.config)};
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
            throw Error("{}: the layer {} of its image is missing", action, db::short_id(key))
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

registry::Manifest manifest_of(db::Store& store, const db::Image& image) {
    StoreSource source(store, image, db::short_id(image.id));
    const image::Document document = source.images().front().document;
    return registry::parse_manifest(document.raw, document.media_type,
                                    fmt::format("the manifest of {}", source.name()));
}

}  // namespace mincs::marten
