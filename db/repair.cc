// See repair.hh.
#include "db/repair.hh"

#include <sys/file.h>
#include <sys/stat.h>

#include <set>

#include "db/locks.hh"
#include "db/mounts.hh"
#include "libcore/base/disk_usage.hh"
#include "libcore/base/fd.hh"

namespace mincs::db {
namespace {

namespace stdfs = std::filesystem;

void sync_directory(const stdfs::path& path) {
    const Fd fd(check(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                      path.native()));
    check(fsync(fd.get()), "syncing '{}'", path.native());
}

/// `marten lc` holds a container's lock for an instant; a minc that runs holds it for longer than
/// this waits.
bool lock_patiently(int fd) {
    constexpr int kTries = 20;
    constexpr useconds_t kPauseMicroseconds = 2000;
    for (int i = 0; i < kTries; ++i) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
        if (errno != EWOULDBLOCK) throw SysError(errno, "locking a container");
        usleep(kPauseMicroseconds);
    }
    return false;
}

void check_mounts(Store& store, std::string_view layer_key) {
    Statement images = store.database().query(
        "SELECT DISTINCT image_id FROM image_layers WHERE layer_key = ?1 UNION "
        "SELECT c.id FROM containers c JOIN image_layers l ON l.image_id = c.image_id "
        "WHERE l.layer_key = ?1 UNION "
        "SELECT container_id FROM container_roots JOIN image_layers USING (image_id) "
        "WHERE layer_key = ?1",
        layer_key);
    while (images.step())
        if (is_mounted(store, images.text(0)))
            throw Error("'{}' is mounted and shows it", short_id(images.text(0)))
                .with_hint("'marten umount' first");
}

/// Of all images that have the layer: no container without a row uses them meanwhile. No further
/// image gets the layer, as its key is locked.
ImageLock lock_images(Store& store, std::string_view layer_key) {
    Statement images = store.database().query(
        "SELECT DISTINCT image_id FROM image_layers WHERE layer_key = ? ORDER BY image_id",
        layer_key);
    std::vector<std::string> ids;
    while (images.step()) ids.push_back(images.text(0));
    auto lock = ImageLock::take(store, ids);
    if (!lock)
        throw Error("an image that has it is in use by a command that is just being started");
    return std::move(*lock);
}

/// The locks of all containers that could use the layer, so that none starts meanwhile. (A new one
/// needs a row, and our transaction holds the database.)
std::vector<Fd> lock_users(Store& store, std::string_view layer_key) {
    Statement users = store.database().query(
        "SELECT c.id, coalesce(c.name, substr(c.id, 1, 12)) FROM containers c "
        "WHERE c.image_id IN (SELECT image_id FROM image_layers WHERE layer_key = ?1) OR c.id IN "
        "(SELECT container_id FROM container_roots JOIN image_layers USING (image_id) "
        "WHERE layer_key = ?1)",
        layer_key);
    std::vector<Fd> locks;
    while (users.step()) {
        const auto path = ContainerDirectory(store.layout().container(users.text(0))).lock();
        Fd lock(open(path.c_str(), O_RDWR | O_CLOEXEC));
        if (!lock) continue;  // it is just being removed
        if (!lock_patiently(lock.get()))
            throw Error("the container '{}' runs and uses it", users.text(1));
        locks.push_back(std::move(lock));
    }
    return locks;
}

/// Both change places, or, where nothing is there, `staged` goes there. A file system that cannot
/// exchange leaves the place empty for a moment, which the next verify or pull would heal.
void exchange(const Staging& staging, const stdfs::path& staged, const stdfs::path& place) {
    if (renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return;
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
        throw SysError(errno, "exchanging '{}' and '{}'", staged.native(), place.native());
    staging.bury(place);
    check(rename(staged.c_str(), place.c_str()), "renaming '{}' to '{}'", staged.native(),
          place.native());
}

void update_row(Database& database, const Layer& layer, std::optional<std::int64_t> disk) {
    database.run(
        "UPDATE layers SET size = ?, entries = ?, opaque = ?, disk = coalesce(?, disk) "
        "WHERE key = ?",
        layer.size, layer.entries, static_cast<std::int64_t>(layer.opaque), disk, layer.key);
    database.run(
        "UPDATE images SET size = (SELECT coalesce(sum(size), 0) FROM layers WHERE key IN "
        "(SELECT layer_key FROM image_layers WHERE image_id = images.id)) "
        "WHERE id IN (SELECT image_id FROM image_layers WHERE layer_key = ?)",
        layer.key);
}

std::int64_t count_without_row(const stdfs::path& directory, const std::string& prefix,
                               Statement find_row) {
    std::int64_t count = 0;
    for (const auto& entry : stdfs::directory_iterator(directory))
        count += find_row.bind(prefix + entry.path().filename().native()).step() ? 0 : 1;
    return count;
}

}  // namespace

std::vector<std::string> database_damage(Store& store) {
    std::vector<std::string> lines;
    Statement integrity = store.database().prepare("PRAGMA integrity_check");
    while (integrity.step())
        if (integrity.text(0) != "ok") lines.push_back(integrity.text(0));
    Statement references = store.database().prepare("PRAGMA foreign_key_check");
    std::set<std::string> told;
    while (references.step())
        told.insert(fmt::format("a row of '{}' refers to one of '{}' that is missing",
                                references.text(0), references.text(2)));
    lines.insert(lines.end(), told.begin(), told.end());
    return lines;
}

std::optional<Image> find_image_row(Store& store, std::string_view image_id) {
    Statement row = store.database().query(
        "SELECT manifest_digest, created_at, size, coalesce(json, '') FROM images "
        "LEFT JOIN configs ON image_id = id WHERE id = ?",
        image_id);
    if (!row.step()) return std::nullopt;
    Image image;
    image.id = image_id;
    image.manifest_digest = row.text(0);
    image.created_at = row.integer(1);
    image.size = row.integer(2);
    image.config = row.text(3);
    Statement name =
        store.database().query("SELECT name FROM names WHERE image_id = ? ORDER BY name", image_id);
    while (name.step()) image.names.push_back(name.text(0));
    return image;
}

std::optional<BlobRow> find_blob_row(Store& store, std::string_view digest) {
    Statement row =
        store.database().query("SELECT digest, size FROM blobs WHERE digest = ?", digest);
    if (!row.step()) return std::nullopt;
    return BlobRow{row.text(0), row.integer(1)};
}

std::vector<BlobRow> blobs_of_image(Store& store, std::string_view image_id) {
    Statement rows = store.database().query(
        "SELECT b.digest, b.size FROM image_blobs i JOIN blobs b USING (digest) "
        "WHERE i.image_id = ? ORDER BY b.digest",
        image_id);
    std::vector<BlobRow> blobs;
    while (rows.step()) blobs.push_back({rows.text(0), rows.integer(1)});
    return blobs;
}

Ownerless count_ownerless(Store& store) {
    Ownerless count;
    count.layers =
        count_without_row(store.layout().layers(), "",
                          store.database().prepare("SELECT 1 FROM layers WHERE key = ?"));
    for (const std::string algorithm : {"sha256", "sha512"})
        count.blobs +=
            count_without_row(store.layout().blobs() / algorithm, algorithm + ":",
                              store.database().prepare("SELECT 1 FROM blobs WHERE digest = ?"));
    return count;
}

void replace_layer(Store& store, const Staging& staging, const Layer& layer,
                   const stdfs::path& staged) {
    const Fd directory(check(open(staged.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                             "opening '{}'", staged.native()));
    check(syncfs(directory.get()), "writing the store to the disk");
    const std::int64_t disk = disk_usage(staged);
    const ImageLock images = lock_images(store, layer.key);
    Transaction transaction(store.database());
    const std::vector<Fd> users = lock_users(store, layer.key);
    check_mounts(store, layer.key);
    exchange(staging, staged, store.layout().layer(layer.key));
    sync_directory(store.layout().layers());
    update_row(store.database(), layer, disk);
    transaction.commit();
}

void restore_counts(Store& store, const Layer& layer) {
    Transaction transaction(store.database());
    update_row(store.database(), layer, std::nullopt);
    transaction.commit();
}

void replace_blob(Store& store, const Digest& digest, const stdfs::path& staged) {
    const auto place = store.layout().blob(digest);
    struct stat status;
    {
        const Fd file(
            check(open(staged.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", staged.native()));
        check(fsync(file.get()), "writing '{}' to the disk", staged.native());
        check(fstat(file.get(), &status), "looking at '{}'", staged.native());
    }
    check(rename(staged.c_str(), place.c_str()), "renaming '{}' to '{}'", staged.native(),
          place.native());
    sync_directory(place.parent_path());
    store.database().run("UPDATE blobs SET size = ?1 WHERE digest = ?2 AND size <> ?1",
                         std::int64_t{status.st_size}, digest.to_string());
}

void restore_config(Store& store, std::string_view image_id, std::string_view config) {
    Transaction transaction(store.database());
    store.database().run("INSERT OR REPLACE INTO configs (image_id, json) VALUES (?, ?)", image_id,
                         config);
    transaction.commit();
}

}  // namespace mincs::db
