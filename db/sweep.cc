// See sweep.hh. Each thing is taken in the reverse of the order in which it came: first its row
// goes (in a transaction, under the lock of its key), then a rename takes it out of sight, and the
// slow deleting comes last, with no lock held.
#include "db/sweep.hh"

#include <sys/file.h>

#include <set>

#include "db/locks.hh"
#include "db/mounts.hh"
#include "db/staging.hh"

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

/// Where things go to be deleted once nobody waits for us. On a full disk, which may have no room
/// for a staging directory, they are deleted in their places: what a crash then leaves of them has
/// no row.
class Trash {
 public:
    explicit Trash(const Store& store) {
        try {
            staging_.emplace(Staging::create(store));
        } catch (const SysError& error) {
            if (error.code() != ENOSPC && error.code() != EDQUOT) throw;
        }
    }
    void take(const stdfs::path& path) const {
        if (staging_)
            staging_->bury(path);
        else
            remove_tree(path);
    }

 private:
    std::optional<Staging> staging_;
};

void sweep_births(Store& store, SweepResult& result) {
    std::vector<Dead> staging;
    std::vector<Dead> containers;
    {
        const auto births = lock_births(store);
        if (!births) return;
        staging = dead_staging(store);
        containers = dead_containers(store);
        result.containers += forget_lost_containers(store);
        sweep_mount_points(store);
    }
    for (const Dead& dead : staging) {
        remove_tree(dead.path);
        unlink(staging_lock(dead.path).c_str());
    }
    result.staging += static_cast<std::int64_t>(staging.size());
    if (containers.empty()) return;
    const Trash trash(store);
    for (const Dead& dead : containers) trash.take(dead.path);
    result.containers += static_cast<std::int64_t>(containers.size());
}

/// Layers or blobs: how to find those nobody names, and where their files are.
struct Kind {
    const char* unnamed;     ///< SELECT of the keys no image refers to
    const char* delete_one;  ///< DELETE of one such row, if still so
    const char* find_row;
    std::function<stdfs::path(const std::string&)> path_of;
    std::function<std::string(const std::string&)> lock_key_of;
};

/// Deletes the row and, where it is gone or never was, moves the files away. False: somebody works
/// on it.
bool take(Store& store, const Trash& trash, KeyLocks& locks, const Kind& kind,
          const std::string& key) {
    if (!locks.try_lock(kind.lock_key_of(key))) return false;
    store.database().run(kind.delete_one, key);
    const bool gone = !store.database().query(kind.find_row, key).step();
    if (gone) trash.take(kind.path_of(key));
    locks.unlock(kind.lock_key_of(key));
    return gone;
}

std::int64_t sweep_kind(Store& store, const Kind& kind, std::set<std::string> without_row) {
    const auto unnamed = column_of(store.database().prepare(kind.unnamed));
    without_row.insert(unnamed.begin(), unnamed.end());
    if (without_row.empty()) return 0;
    const Trash trash(store);
    KeyLocks locks(store);
    std::int64_t taken = 0;
    for (const std::string& key : without_row) taken += take(store, trash, locks, kind, key);
    return taken;
}

/// Names that could be keys: anything else in these directories is not ours to delete.
bool is_hex(std::string_view name) {
    return (name.size() == 64 || name.size() == 128) &&
           name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::int64_t sweep_layers(Store& store) {
    std::set<std::string> without_row = entries_of(store.layout().layers());
    std::erase_if(without_row, [](const std::string& name) { return !is_hex(name); });
    for (const auto& key : column_of(store.database().prepare("SELECT key FROM layers")))
        without_row.erase(key);
    const Kind kind{
        "SELECT key FROM layers WHERE key NOT IN (SELECT layer_key FROM image_layers)",
        "DELETE FROM layers WHERE key = ?1 AND NOT EXISTS "
        "(SELECT 1 FROM image_layers WHERE layer_key = ?1)",
        "SELECT 1 FROM layers WHERE key = ?",
        [&](const std::string& key) { return store.layout().layer(key); },
        [](const std::string& key) { return key; },
    };
    return sweep_kind(store, kind, std::move(without_row));
}

std::int64_t sweep_blobs(Store& store) {
    std::set<std::string> without_row;
    for (const std::string algorithm : {"sha256", "sha512"})
        for (const auto& hex : entries_of(store.layout().blobs() / algorithm))
            if (is_hex(hex)) without_row.insert(algorithm + ":" + hex);
    for (const auto& digest : column_of(store.database().prepare("SELECT digest FROM blobs")))
        without_row.erase(digest);
    const Kind kind{
        "SELECT digest FROM blobs WHERE digest NOT IN (SELECT digest FROM image_blobs)",
        "DELETE FROM blobs WHERE digest = ?1 AND NOT EXISTS "
        "(SELECT 1 FROM image_blobs WHERE digest = ?1)",
        "SELECT 1 FROM blobs WHERE digest = ?",
        [&](const std::string& digest) { return store.layout().blob(Digest::parse(digest)); },
        [](const std::string& digest) { return Digest::parse(digest).hex(); },
    };
    return sweep_kind(store, kind, std::move(without_row));
}

}  // namespace

SweepResult sweep(Store& store) {
    SweepResult result;
    sweep_births(store, result);
    result.layers = sweep_layers(store);
    result.blobs = sweep_blobs(store);
    return result;
}

}  // namespace mincs::db
