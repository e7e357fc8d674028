// marten mount: roots of images and containers in the host's tree, below the store. An image's is
// read-only; what is changed in a container's is the container's. The mount outlives the command,
// so what may happen to the thing meanwhile is asked of the kernel (db/mounts.hh).
#include <sys/mount.h>

#include <cstdio>

#include "db/mounts.hh"
#include "db/record.hh"
#include "libcore/base/log.hh"
#include "libcore/fs/merged.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

/// A mount that is nowhere yet, and the lock that was needed to make it.
struct Detached {
    Fd mount;
    std::optional<FileLock> lock;
};

Detached make_mount(db::Store& store, const db::Image& image) {
    if (image.layers.empty())
        throw Error("the image '{}' has no layers: it has no root", db::short_id(image.id));
    return {fs::mount_merged({.lower = directories_of(store, image)}), std::nullopt};
}

Detached make_mount(db::Store& store, const db::Container& container) {
    if (container.running)
        throw Error("the container '{}' is running", label_of(container))
            .with_hint(fmt::format("'/proc/{}/root' is its root", container.pid));
    FileLock lock = db::lock_container(store, container);
    const db::ContainerDirectory directory(store.layout().container(container.id));
    return {fs::mount_merged({directories_below(store, container), directory.storage(),
                              directory.work(), false}),
            std::move(lock)};
}

/// Nobody removes it between the look and the mount: whoever does asks inside a transaction whether
/// it is mounted.
void attach(db::Store& store, const Thing& thing, const Fd& mount, const stdfs::path& place) {
    db::Transaction transaction(store.database());
    get_thing(store, id_of(thing));
    const FileLock birth = FileLock::acquire(store.layout().birth_lock(), FileLock::Mode::kShared);
    make_directories(place, 0700);
    const Fd target(check(open(place.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                          "opening '{}'", place.native()));
    fs::attach_mount(mount.get(), target.get(), place.native());
    transaction.commit();
}

void mount_one(db::Store& store, const std::string& typed, const StopSignals& stop) {
    const Thing thing = get_thing(store, typed);
    const stdfs::path place = store.layout().mount(id_of(thing));
    const db::KeyLocks lock = db::KeyLocks::acquire(
        store, {id_of(thing)}, [] {}, [&] { return stop.flag().load(); });
    if (!db::is_mounted(store, id_of(thing))) {
        const Detached made =
            std::visit([&](const auto& it) { return make_mount(store, it); }, thing);
        // A device node that an image ships opens nothing.
        fs::add_mount_attributes(made.mount.get(), MOUNT_ATTR_NODEV, false);
        attach(store, thing, made.mount, place);
    }
    std::puts(place.c_str());
}

void list_mounted(db::Store& store, Listing& list, bool full) {
    for (const std::string& id : db::mounted_ids(store)) {
        const auto container = db::find_container(store, id);
        const auto image = container ? std::nullopt : db::find_image(store, id);
        std::string name = container ? container->name : "";
        if (image && !image->names.empty()) name = image->names.front();
        list.add({{full ? id : db::short_id(id), id},
                  std::string(container ? "container"
                              : image   ? "image"
                                        : "nothing"),
                  {name.empty() ? "-" : name, name},
                  store.layout().mount(id).native()});
    }
    list.finish();
}

}  // namespace

void execute(const MountOptions& options, const StopSignals& stop) {
    Listing list({{"id", "id"}, {"kind", "kind"}, {"name", "name"}, {"path", "path"}},
                 options.format);
    db::Store store = open_for_reading();
    if (options.things.empty()) return list_mounted(store, list, options.full);
    if (!fs::in_first_user_namespace())
        throw Error("an ordinary user's mount would be seen by this very command alone")
            .with_hint("'marten cp' and 'marten export' take files out, 'minc -r' looks around");
    for (const std::string& typed : options.things) mount_one(store, typed, stop);
}

}  // namespace mincs::marten
