// marten snapshot: the host's own root as an image of one layer. What is mounted below "/" is left
// out, and so is what the next boot makes anew. Where "/" is a btrfs subvolume and the store lies
// on the same file system, what is read is a snapshot of one instant; else a tree that lives on,
// each file as it is at one instant where the file system can share blocks.
#include <cstdio>

#include "libcore/base/log.hh"
#include "libcore/fs/btrfs.hh"
#include "libcore/fs/mount.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/config_document.hh"
#include "tools/marten/host_root.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/make_image.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

/// "/" without what is mounted below it, bind mounts of the same file system among it.
fs::RootDir root_alone() {
    return {fs::clone_mount(AT_FDCWD, "/", false), "/"};
}

MadeLayer make_root_layer(const db::Store& store, const db::Staging& staging,
                          const std::string& action, bool quiet, const StopSignals& stop) {
    LayerRecipe recipe{action, {}, quiet};
    recipe.pack.exclude = not_of_the_host(store);
    const fs::RootDir live = root_alone();
    const Fd root = live.open_at(".", O_RDONLY | O_DIRECTORY);
    if (const auto frozen = fs::BtrfsSnapshot::make(root.get(), staging.path(), "frozen")) {
        debug("reading a btrfs snapshot of '/'");
        recipe.pack.one_file_system = true;
        return make_layer(fs::RootDir::open(frozen->path()), recipe, staging, stop);
    }
    debug("reading '/' as it is: no btrfs snapshot of it can be made in the store");
    recipe.pack.live = true;
    const Fd scratch(check(open(staging.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           "opening '{}'", staging.path().native()));
    recipe.pack.reflinks_in = scratch.get();
    MadeLayer layer = make_layer(live, recipe, staging, stop);
    debug("{} files were read from reflinks", layer.packed.reflinked);
    return layer;
}

}  // namespace

void execute(const SnapshotOptions& options, const StopSignals& stop) {
    ImageRecipe recipe;
    recipe.action = "making a snapshot of '/'";
    if (!options.name.empty()) recipe.names = {local_image_name(options.name)};
    db::Store store = open_for_writing();
    const db::Staging staging = db::Staging::create(store);
    recipe.layer = make_root_layer(store, staging, recipe.action, options.quiet, stop);
    ConfigDocument config = ConfigDocument::fresh();
    config.add_layer(recipe.layer->layer.diff_id, {"marten snapshot", "", ""});
    recipe.config = config.text();
    std::puts(make_image(store, staging, recipe, stop).c_str());
}

}  // namespace mincs::marten
