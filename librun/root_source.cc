// See root_source.hh.
#include "librun/root_source.hh"

#include <filesystem>

#include "libcore/base/error.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

RootSource host_root() {
    return {RootKind::kHost, "host", {"/"}, {}, "", {}};
}

RootSource directory_root(const std::string& path) {
    std::error_code code;
    const stdfs::path absolute = stdfs::canonical(path, code);
    if (code) throw SysError(code.value(), "opening the root directory '{}'", printable(path));
    if (!stdfs::is_directory(absolute))
        throw SysError(ENOTDIR, "opening the root directory '{}'", printable(path));
    // The host's root under an overlay needs what host_root() brings; a bind of "/" must not go
    // round it.
    if (absolute == "/") return host_root();
    return {RootKind::kDirectory, absolute.native(), {absolute.native()}, {}, "", {}};
}

std::vector<std::string> directories_of(const db::Store& store,
                                        const std::vector<std::string>& layers) {
    std::vector<std::string> lower;
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
        lower.push_back(store.layout().layer(*layer).native());
    return lower;
}

RootSource image_root(const db::Store& store, const db::Image& image, const std::string& name) {
    if (image.layers.empty())
        throw Error("the image '{}' has no layers: there is nothing to run", name);
    return {RootKind::kImage,
            name,
            directories_of(store, image.layers),
            image.layers,
            image.id,
            db::ImageConfig::parse(image.config, fmt::format("the config of '{}'", name))};
}

bool looks_like_path(const std::string& text) {
    return text.find('/') != std::string::npos || text == "." || text == "..";
}

}  // namespace

RootSource find_root(db::Store& store, const std::string& text) {
    if (text.empty() || text == "host") return host_root();
    // "127.0.0.1:5000/library/debian" has a '/' as well, but is no directory.
    if (looks_like_path(text) &&
        (text.starts_with('/') || text.starts_with('.') || stdfs::exists(text)))
        return directory_root(text);
    if (const auto image = db::find_image(store, text)) return image_root(store, *image, text);
    if (stdfs::is_directory(text)) return directory_root(text);
    throw Error("'{}' is neither an image nor a directory", printable(text))
        .with_hint(fmt::format("'marten pull {}' fetches an image, 'marten li' lists those here",
                               printable(text)));
}

RootSource root_of(db::Store& store, const db::Container& container) {
    if (container.image_id.empty())
        return container.root == "host" ? host_root() : directory_root(container.root);
    const auto image = db::find_image(store, container.image_id);
    if (!image) throw Error("the image of the container '{}' is gone", db::short_id(container.id));
    return image_root(store, *image, container.root);
}

}  // namespace mincs::run
