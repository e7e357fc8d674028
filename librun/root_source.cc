// See root_source.hh.
#include "librun/root_source.hh"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "db/lookups.hh"
#include "libcore/base/error.hh"
#include "libcore/fs/overlay.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

RootSource host_root() {
    return {RootKind::kHost, "host", {"/"}};
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
    return {RootKind::kDirectory, absolute.native(), {absolute.native()}};
}

std::vector<std::string> directories_of(const db::Store& store,
                                        const std::vector<std::string>& layers) {
    std::vector<std::string> lower;
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
        lower.push_back(store.layout().layer(*layer).native());
    return lower;
}

RootSource image_root(const db::Store& store, const db::ImageToRun& image,
                      const std::string& name) {
    if (image.layers.empty())
        throw Error("the image '{}' has no layers: there is nothing to run", name);
    return {RootKind::kImage,
            name,
            directories_of(store, image.layers),
            image.layers,
            image.id,
            image.stamp,
            db::ImageConfig::parse(image.config, fmt::format("the config of '{}'", name))};
}

bool looks_like_path(const std::string& text) {
    return text.find('/') != std::string::npos || text == "." || text == "..";
}

/// At most it is HOST:PORT/NAME:TAG@sha256:DIGEST; not asking the database about all else keeps
/// long lists fast.
bool may_be_image(const std::string& text) {
    return !text.starts_with('/') && !text.starts_with('.') &&
           std::count(text.begin(), text.end(), ':') <= 3;
}

/// Nothing where it is neither an image nor a directory.
std::optional<RootSource> find_single(db::Store& store, const std::string& text) {
    if (text.empty() || text == "host") return host_root();
    struct stat info;
    const bool is_directory = stat(text.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    // "127.0.0.1:5000/library/debian" has a '/' as well, but is no directory.
    if (looks_like_path(text) && is_directory) return directory_root(text);
    if (may_be_image(text))
        if (const auto image = db::find_image_to_run(store, text))
            return image_root(store, *image, text);
    if (is_directory) return directory_root(text);
    return std::nullopt;
}

RootSource stack_root(db::Store& store, std::string name, std::vector<db::RootPart> parts,
                      db::ImageConfig config) {
    RootSource root{RootKind::kStack, std::move(name), db::directories_of(store, parts), {}, "", "",
                    std::move(config)};
    if (root.lower.size() > fs::kMaxLowerDirectories)
        throw Error("'{}' has {} layers, and an overlay takes {}", printable(root.name),
                    root.lower.size(), fs::kMaxLowerDirectories);
    root.parts = std::move(parts);
    return root;
}

/// The ways to cut `text` at its colons into names of images (which may have colons) and
/// directories.
class Cuts {
 public:
    Cuts(db::Store& store, const std::string& text) : text_(text) {
        for (std::size_t at = text.find(':'); at != std::string::npos; at = text.find(':', at + 1))
            ends_.push_back(at);
        ends_.push_back(text.size());
        ways_.resize(ends_.size() + 1);
        ways_.back().count = 1;
        for (std::size_t first = ends_.size(); first-- > 0;) look_from(store, first);
    }

    bool found() const { return ways_.front().count > 0; }
    bool is_ambiguous() const { return ways_.front().count > 1; }
    std::vector<RootSource> roots() const {
        std::vector<RootSource> roots;
        for (std::size_t at = 0; at < ends_.size(); at = ways_[at].next)
            roots.push_back(*ways_[at].root);
        return roots;
    }

 private:
    /// From a piece on to the end.
    struct Way {
        int count = 0;  ///< 2: several
        std::size_t next = 0;
        std::optional<RootSource> root;
    };

    void look_from(db::Store& store, std::size_t first) {
        const std::size_t begin = first == 0 ? 0 : ends_[first - 1] + 1;
        for (std::size_t next = first + 1; next <= ends_.size(); ++next) {
            const std::string piece = text_.substr(begin, ends_[next - 1] - begin);
            if (ways_[next].count == 0 || piece.empty()) continue;
            auto root = find_single(store, piece);
            if (!root) continue;
            Way& way = ways_[first];
            way = {std::min(2, way.count + ways_[next].count), next, std::move(root)};
        }
    }

    const std::string& text_;
    std::vector<std::size_t> ends_;  ///< of the pieces between colons
    std::vector<Way> ways_;
};

std::optional<RootSource> find_stack(db::Store& store, const std::string& text) {
    if (text.find(':') == std::string::npos) return std::nullopt;
    const Cuts cuts(store, text);
    if (!cuts.found()) return std::nullopt;
    if (cuts.is_ambiguous())
        throw Error("'{}' is a list that can be cut in several ways", printable(text))
            .with_hint("write './' before a directory, and an image by its ID");
    std::vector<RootSource> roots = cuts.roots();
    std::vector<db::RootPart> parts;
    for (const RootSource& root : roots) {
        if (root.kind == RootKind::kHost)
            throw Error("'{}': the host's own root cannot be one of several", printable(text));
        parts.push_back({root.image_id, root.image_id.empty() ? root.name : ""});
    }
    return stack_root(store, text, std::move(parts), std::move(roots.front().config));
}

}  // namespace

RootSource find_root(db::Store& store, const std::string& text) {
    if (auto single = find_single(store, text)) return std::move(*single);
    if (auto stack = find_stack(store, text)) return std::move(*stack);
    if (looks_like_path(text) &&
        (text.starts_with('/') || text.starts_with('.') || stdfs::exists(text)))
        return directory_root(text);  // says why not
    throw Error("'{}' is neither an image nor a directory", printable(text))
        .with_hint(fmt::format("'marten pull {}' fetches an image, 'marten li' lists those here",
                               printable(text)));
}

RootSource root_of(db::Store& store, const db::Container& container) {
    const bool is_stack = !container.parts.empty();
    const std::string& id = is_stack ? container.parts.front().image_id : container.image_id;
    if (is_stack && id.empty()) return stack_root(store, container.root, container.parts, {});
    if (id.empty()) return container.root == "host" ? host_root() : directory_root(container.root);
    const auto image = db::find_image_to_run(store, id);
    if (!image) throw Error("the image of the container '{}' is gone", db::short_id(container.id));
    RootSource root = image_root(store, *image, container.root);
    if (!is_stack) return root;
    return stack_root(store, container.root, container.parts, std::move(root.config));
}

}  // namespace mincs::run
