// See sweep.hh. Each thing is taken in the reverse of the order in which it came: first its row
// goes (in a transaction, under the lock of its key), then a rename takes it out of sight, and the
// slow deleting comes last, with no lock held that anybody waits for.
#include "db/sweep.hh"

#include <sys/file.h>

#include <chrono>
#include <set>

#include "db/locks.hh"
#include "db/mounts.hh"
#include "db/reaper.hh"

namespace mincs::db {
namespace {

namespace stdfs = std::filesystem;

std::set<std::string> entries_of(const stdfs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : stdfs::directory_iterator(directory))
        names.insert(entry.path().filename().native());
    return names;
}

std::vector<std::string> column_of(Statement statement) {
    std::vector<std::string> values;
    while (statement.step()) values.push_back(statement.text(0));
    return values;
}

std::set<std::string> set_of(const std::vector<std::string>& values) {
    return {values.begin(), values.end()};
}

/// The birth lock, unless newborns keep coming: then somebody else's sweep will do.
std::optional<FileLock> lock_births(const Store& store) {
    constexpr int kTries = 50;
    constexpr useconds_t kPauseMicroseconds = 2000;
    for (int i = 0; i < kTries; ++i) {
        if (auto lock = FileLock::try_acquire(store.layout().birth_lock())) return lock;
        usleep(kPauseMicroseconds);
    }
    return std::nullopt;
}

/// What is dead and locked by us, so that no other sweep takes it as well.
struct Dead {
    stdfs::path path;
    Fd lock;  ///< none where the dead had no lock file
};

/// Nothing where it lives. The file is never created: whoever is removing the thing could not do so
/// then. A thing without a lock file is dead too, as the birth lock is ours: its maker was killed
/// before he made one.
std::optional<Dead> if_dead(const stdfs::path& path, const stdfs::path& lock_file) {
    Fd lock(open(lock_file.c_str(), O_RDWR | O_CLOEXEC));
    if (!lock && errno != ENOENT) throw SysError(errno, "opening '{}'", lock_file.native());
    if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) == -1) {
        if (errno == EWOULDBLOCK) return std::nullopt;
        throw SysError(errno, "locking '{}'", lock_file.native());
    }
    return Dead{path, std::move(lock)};
}

std::vector<Dead> dead_staging(const Store& store) {
    std::set<std::string> names;
    for (std::string name : entries_of(store.layout().staging())) {
        if (name.ends_with(".lock")) name.resize(name.size() - 5);
        names.insert(std::move(name));
    }
    std::vector<Dead> dead;
    for (const std::string& name : names) {
        const auto path = store.layout().staging() / name;
        if (auto found = if_dead(path, staging_lock(path))) dead.push_back(std::move(*found));
    }
    return dead;
}

/// A spare one has a storage while it is in use, or after its owner was killed.
std::vector<ContainerDirectory> used_spares(const Store& store) {
    std::vector<ContainerDirectory> used;
    if (!stdfs::exists(store.layout().spares())) return used;
    for (const auto& entry : stdfs::directory_iterator(store.layout().spares()))
        if (const ContainerDirectory spare(entry.path()); stdfs::exists(spare.storage()))
            used.push_back(spare);
    return used;
}

std::vector<Dead> dead_containers(Store& store) {
    std::set<std::string> names = entries_of(store.layout().containers());
    for (const std::string& id : column_of(store.database().prepare("SELECT id FROM containers")))
        names.erase(id);
    std::vector<Dead> dead;
    for (const std::string& name : names) {
        const ContainerDirectory directory(store.layout().container(name));
        if (auto found = if_dead(directory.base, directory.lock()))
            dead.push_back(std::move(*found));
    }
    for (const ContainerDirectory& spare : used_spares(store))
        if (auto found = if_dead(spare.base, spare.lock())) dead.push_back(std::move(*found));
    return dead;
}

/// minc commits without a sync: after a power cut the row of a removed container may be back.
std::int64_t forget_lost_containers(Store& store) {
    Database& database = store.database();
    std::int64_t forgotten = 0;
    for (const std::string& id : column_of(database.prepare("SELECT id FROM containers"))) {
        if (stdfs::exists(store.layout().container(id))) continue;
        database.run("DELETE FROM containers WHERE id = ?", id);
        ++forgotten;
    }
    return forgotten;
}

/// Whether sweep_births() could find anything: most of the time it could not, and nobody needs to
/// be kept from making something new.
bool is_anything_born(Store& store) {
    if (!entries_of(store.layout().staging()).empty()) return true;
    if (stdfs::exists(store.layout().mounts()) && !entries_of(store.layout().mounts()).empty())
        return true;
    if (!used_spares(store).empty()) return true;
    return entries_of(store.layout().containers()) !=
           set_of(column_of(store.database().prepare("SELECT id FROM containers")));
}

/// What was born and has died: staging directories, containers. True where a process has died over
/// its work: then there may be more of it elsewhere.
bool sweep_births(Store& store, Trash& trash, SweepResult& result) {
    if (!is_anything_born(store)) return false;
    std::vector<Dead> staging;
    std::vector<Dead> containers;
    {
        const auto births = lock_births(store);
        if (!births) return false;
        staging = dead_staging(store);
        containers = dead_containers(store);
        result.containers += forget_lost_containers(store);
        sweep_mount_points(store);
    }
    for (const Dead& dead : containers) trash.take(dead.path);
    result.containers += static_cast<std::int64_t>(containers.size());
    result.staging += static_cast<std::int64_t>(staging.size());
    for (Dead& dead : staging) trash.adopt(std::move(dead.path), std::move(dead.lock));
    return !staging.empty();
}

/// Names that could be keys: anything else in these directories is not ours to delete.
bool is_hex(std::string_view name) {
    return (name.size() == 64 || name.size() == 128) &&
           name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Layers that are a directory without a row, or a row that no image names.
std::set<std::string> ownerless_layers(Store& store) {
    Database& database = store.database();
    std::set<std::string> ownerless = entries_of(store.layout().layers());
    std::erase_if(ownerless, [](const std::string& name) { return !is_hex(name); });
    for (const auto& key : column_of(database.prepare("SELECT key FROM layers")))
        ownerless.erase(key);
    ownerless.merge(set_of(column_of(database.prepare(
        "SELECT key FROM layers WHERE key NOT IN (SELECT layer_key FROM image_layers)"))));
    return ownerless;
}

std::set<std::string> ownerless_blobs(Store& store) {
    Database& database = store.database();
    std::set<std::string> ownerless;
    for (const std::string algorithm : {"sha256", "sha512"})
        for (const auto& hex : entries_of(store.layout().blobs() / algorithm))
            if (is_hex(hex)) ownerless.insert(algorithm + ":" + hex);
    for (const auto& digest : column_of(database.prepare("SELECT digest FROM blobs")))
        ownerless.erase(digest);
    ownerless.merge(set_of(column_of(database.prepare(
        "SELECT digest FROM blobs WHERE digest NOT IN (SELECT digest FROM image_blobs)"))));
    return ownerless;
}

void sweep_layers_and_blobs(Store& store, Trash& trash, SweepResult& result) {
    constexpr std::size_t kAtOnce = 1000;  // in a transaction, as others wait for that
    const std::set<std::string> layers = ownerless_layers(store);
    const std::set<std::string> blobs = ownerless_blobs(store);
    Reaper reaper(store, trash);
    std::size_t added = 0;
    const auto reap = [&] {
        Transaction transaction(store.database());
        reaper.delete_rows();
        transaction.commit();
        reaper.bury();
        added = 0;
    };
    for (const std::string& key : layers) {
        reaper.add_layer(key);
        if (++added == kAtOnce) reap();
    }
    for (const std::string& digest : blobs) {
        reaper.add_blob(digest);
        if (++added == kAtOnce) reap();
    }
    if (added > 0) reap();
    result.layers = reaper.layers();
    result.blobs = reaper.blobs();
}

/// Parts of blobs that nobody came back for; all where `all`.
std::int64_t sweep_partials(const Store& store, Trash& trash, bool all) {
    constexpr auto kKept = std::chrono::hours(24 * 7);
    std::int64_t taken = 0;
    KeyLocks locks(store);
    for (const std::string algorithm : {"sha256", "sha512"}) {
        const auto directory = store.layout().partials() / algorithm;
        if (!stdfs::exists(directory)) continue;
        for (const std::string& hex : entries_of(directory)) {
            std::error_code gone;
            const auto age =
                stdfs::file_time_type::clock::now() - stdfs::last_write_time(directory / hex, gone);
            if (gone || !is_hex(hex) || (!all && age < kKept) || !locks.try_lock(hex)) continue;
            trash.take(directory / hex);
            locks.unlock(hex);
            ++taken;
        }
    }
    return taken;
}

}  // namespace

SweepResult sweep(Store& store, const SweepOptions& options) {
    SweepResult result;
    Trash trash(store);
    const bool somebody_died = sweep_births(store, trash, result);
    result.partials = sweep_partials(store, trash, options.all_partials);
    if (somebody_died || options.everything) sweep_layers_and_blobs(store, trash, result);
    if (options.measure) result.bytes = trash.disk();
    // Last, as the directories of the dead are what tells that there may be garbage elsewhere.
    trash.empty(options.deletion);
    return result;
}

}  // namespace mincs::db
