// marten import: a directory tree becomes an image of one layer; archives are import_archive.cc's.
#include <cstdio>

#include "tools/marten/commands.hh"
#include "tools/marten/config_document.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/import_archive.hh"
#include "tools/marten/make_image.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

/// The store itself must not become part of the image, should it lie below the directory.
std::vector<std::string> exclusions(const stdfs::path& tree, const stdfs::path& store) {
    const stdfs::path inside = stdfs::canonical(store).lexically_relative(tree);
    if (inside.empty() || *inside.begin() == "..") return {};
    if (inside == ".") throw Error("'{}' is the store itself", tree.native());
    return {inside.native()};
}

}  // namespace

void execute(const ImportOptions& options, const StopSignals& stop) {
    if (is_archive(options)) return import_archive(options, stop);
    ImageRecipe recipe;
    recipe.action = fmt::format("importing '{}'", printable(options.source));
    if (!options.name.empty()) recipe.names = {local_image_name(options.name)};
    const fs::RootDir tree(
        Fd(check(open(options.source.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                 printable(options.source))),
        options.source);
    db::Store store = open_for_writing();
    LayerRecipe how{recipe.action, {}, options.quiet, options.max_size};
    how.pack.one_file_system = !options.cross_mounts;
    how.pack.exclude = exclusions(stdfs::canonical(options.source), store.layout().base());
    const db::Staging staging = db::Staging::create(store);
    recipe.layer = make_layer(tree, how, staging, stop);
    ConfigDocument config = ConfigDocument::fresh();
    config.add_layer(recipe.layer->layer.diff_id, {"marten import", "", ""});
    recipe.config = config.text();
    std::puts(make_image(store, staging, recipe, stop).c_str());
}

}  // namespace mincs::marten
