// marten umount: takes away what marten mount made.
#include <sys/mount.h>

#include <algorithm>

#include "db/mounts.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

/// Also what is mounted and no longer in the database, by the whole of its ID.
std::string mounted_id(db::Store& store, const std::string& typed) {
    const std::vector<std::string> mounted = db::mounted_ids(store);
    const auto has = [&](const std::string& id) {
        return std::find(mounted.begin(), mounted.end(), id) != mounted.end();
    };
    if (has(typed)) return typed;
    const Thing thing = get_thing(store, typed);
    if (!has(id_of(thing)))
        throw Error("'{}' is not mounted", printable(typed))
            .with_hint("'marten mount' lists what is");
    return id_of(thing);
}

void unmount(const db::Store& store, const std::string& id) {
    const auto place = store.layout().mount(id);
    debug("unmounting '{}'", place.native());
    if (umount2(place.c_str(), UMOUNT_NOFOLLOW) == -1) {
        SysError error(errno, "unmounting '{}'", place.native());
        if (error.code() == EBUSY) error.with_hint("somebody works in it: 'fuser -vm' tells who");
        throw error;
    }
    rmdir(place.c_str());  // the next command that writes sweeps what stays
}

}  // namespace

void execute(const UnmountOptions& options, const StopSignals& stop) {
    if (options.things.empty() != options.all) throw UsageError("either what to unmount, or --all");
    db::Store store = open_for_reading();
    std::vector<std::string> ids;
    if (options.all) ids = db::mounted_ids(store);
    for (const std::string& typed : options.things) ids.push_back(mounted_id(store, typed));
    for (const std::string& id : ids) {
        stop.check();
        unmount(store, id);
    }
}

}  // namespace mincs::marten
