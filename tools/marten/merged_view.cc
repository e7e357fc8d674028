// See merged_view.hh.
#include "tools/marten/merged_view.hh"

#include "db/mounts.hh"
#include "libcore/fs/merged.hh"
#include "libcore/fs/mount.hh"
#include "librun/private_root.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {

namespace {

std::vector<std::string> directories_of(const db::Store& store,
                                        const std::vector<std::string>& lowest_first) {
    std::vector<std::string> directories;
    for (auto layer = lowest_first.rbegin(); layer != lowest_first.rend(); ++layer)
        directories.push_back(store.layout().layer(*layer).native());
    return directories;
}

db::ContainerDirectory directory_of(const db::Store& store, const db::Container& container) {
    return db::ContainerDirectory(store.layout().container(container.id));
}

}  // namespace

std::vector<std::string> directories_of(const db::Store& store, const db::Image& image) {
    return directories_of(store, image.layers);
}

std::vector<std::string> directories_below(const db::Store& store, const db::Container& container) {
    if (!container.below.empty()) return container.below;
    if (!container.image_id.empty()) return directories_of(store, container.layers);
    return {container.root == "host" ? "/" : container.root};
}

ContainerHold::ContainerHold(db::Store& store, db::Container container)
    : store_(store),
      container_(std::move(container)),
      lock_(db::lock_if_stopped(store, container_)),
      is_live_(!lock_ || db::is_mounted(store, container_.id)),
      label_(label_of(container_)) {
    if (lock_) run::settle_served_storage(directory_of(store, container_));
}

bool ContainerHold::is_served() const {
    return run::has_served_storage(directory_of(store_, container_));
}

void ContainerHold::check_still_there() const {
    if (!db::find_container(store_, container_.id))
        throw Error("the container '{}' was removed meanwhile", label_);
}

fs::RootDir open_root(const db::Store& store, const db::Image& image) {
    if (image.layers.empty())
        throw Error("the image '{}' has no layers: it has no root", db::short_id(image.id));
    return fs::open_merged(directories_of(store, image), db::short_id(image.id));
}

bool has_copy(const db::Store& store, const db::Container& container) {
    return std::filesystem::exists(directory_of(store, container).copy());
}

void tell_changes(db::Store& store, const ContainerHold& hold, const layer::ChangeSink& sink) {
    const db::Container& container = hold.container();
    const fs::RootDir below = fs::open_merged(directories_below(store, container), "what is below");
    if (has_copy(store, container) || hold.is_served())
        return layer::changes_in_copy(below, open_root(store, hold), sink);
    const std::string upper = directory_of(store, container).storage();
    layer::changes_in_upper(fs::RootDir::open(upper), &below, sink);
}

fs::RootDir open_root(db::Store& store, const ContainerHold& hold) {
    const db::ContainerDirectory directory = directory_of(store, hold.container());
    if (has_copy(store, hold.container())) return fs::RootDir::open(directory.copy());
    fs::OverlayOptions overlay;
    overlay.lower = directories_below(store, hold.container());
    const auto below = overlay.lower;
    try {
        overlay.lower.insert(overlay.lower.begin(), directory.storage().native());
        return fs::merged_root(fs::mount_merged(overlay), overlay.lower, hold.label());
    } catch (const SysError& error) {
        // A read-only layer must not lie below another one, as a container's does whose root has
        // the store in it.
        if (error.code() != ELOOP) throw;
    }
    if (hold.is_live())
        throw Error("the container '{}' runs on a root that has the store below it", hold.label())
            .with_hint("end its command first");
    Fd mount = fs::mount_merged({below, directory.storage(), directory.work(), false});
    fs::add_mount_attributes(mount.get(), fs::kReadOnly, false);
    return fs::merged_root(std::move(mount), overlay.lower, hold.label());
}

}  // namespace mincs::marten
