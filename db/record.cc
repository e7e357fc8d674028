// See record.hh.
#include "db/record.hh"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "db/locks.hh"
#include "db/mounts.hh"
#include "db/reaper.hh"
#include "libcore/base/disk_usage.hh"
#include "libcore/base/log.hh"

namespace mincs::db {
namespace {

/// syncfs(2) reports write errors of the whole file system since Linux 5.8: a full disk shows here
/// at the latest.
void sync_file_system(const std::filesystem::path& path) {
    const Fd fd(check(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                      path.native()));
    check(syncfs(fd.get()), "writing the store to the disk");
}

void sync_directory(const std::filesystem::path& path) {
    const Fd fd(check(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                      path.native()));
    check(fsync(fd.get()), "syncing '{}'", path.native());
}

/// Of each of image.layers, now that no block is only promised any more.
std::vector<std::int64_t> count_blocks(const NewImage& image) {
    std::vector<std::int64_t> disk;
    for (const NewLayer& layer : image.layers)
        disk.push_back(layer.staged.empty() ? 0 : disk_usage(layer.staged));
    return disk;
}

void rename_into_place(const std::filesystem::path& from, const std::filesystem::path& to) {
    check(rename(from.c_str(), to.c_str()), "renaming '{}' to '{}'", from.native(), to.native());
}

/// The files of a new image on their way into their places. Where it ends badly before the commit
/// they are taken out again, so that their space is free at once; but for those that have a row, as
/// an earlier image uses them.
class Placement {
 public:
    Placement(Store& store, const Staging& staging) : store_(store), staging_(staging) {}
    Placement(const Placement&) = delete;
    ~Placement() {
        if (!is_final_)
            take_back();
        else if (!is_done_)
            staging_.leave_mark();
    }

    void place(const NewImage& image) {
        const Layout& layout = store_.layout();
        for (const NewLayer& layer : image.layers) {
            if (layer.staged.empty()) continue;
            const auto target = layout.layer(layer.key);
            // We hold the key's lock and there is no row: what stands there is what a killed run
            // left.
            staging_.bury(target);
            rename_into_place(layer.staged, target);
            placed_.push_back({target, "SELECT 1 FROM layers WHERE key = ?", layer.key});
        }
        sync_directory(layout.layers());
        for (const NewBlob& blob : image.blobs) {
            if (blob.staged.empty()) continue;
            const auto target = layout.blob(blob.digest);
            rename_into_place(blob.staged, target);
            placed_.push_back(
                {target, "SELECT 1 FROM blobs WHERE digest = ?", blob.digest.to_string()});
        }
        for (const auto& directory : std::filesystem::directory_iterator(layout.blobs()))
            sync_directory(directory.path());
    }

    /// To be said before the commit: one that fails (the disk refuses a sync) may come true after a
    /// power cut all the same. A sweep finds out.
    void make_final() { is_final_ = true; }
    void done() { is_done_ = true; }

 private:
    struct Part {
        std::filesystem::path path;
        const char* find_row;
        std::string key;
    };

    void take_back() noexcept {
        try {
            for (const Part& part : placed_)
                if (!store_.database().query(part.find_row, part.key).step())
                    staging_.bury(part.path);
        } catch (const Error& error) {
            debug("{}; the next command's sweep tries again", error.what());
            staging_.leave_mark();
        }
    }

    Store& store_;
    const Staging& staging_;
    std::vector<Part> placed_;
    bool is_final_ = false;
    bool is_done_ = false;
};

/// `disk`: bytes on disk, of each of image.layers.
void insert_parts(Database& database, const NewImage& image,
                  const std::vector<std::int64_t>& disk) {
    Statement layer = database.prepare(
        "INSERT INTO layers (key, diff_id, size, entries, disk, depends, opaque) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET size = excluded.size, "
        "entries = excluded.entries, disk = excluded.disk, opaque = excluded.opaque");
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        const NewLayer& part = image.layers[i];
        if (part.staged.empty()) continue;
        layer.bind(part.key, part.diff_id.to_string(), part.size, part.entries, disk[i],
                   static_cast<std::int64_t>(part.depends), static_cast<std::int64_t>(part.opaque));
        layer.run();
    }
    Statement blob =
        database.prepare("INSERT INTO blobs (digest, size) VALUES (?, ?) ON CONFLICT DO NOTHING");
    for (const NewBlob& part : image.blobs)
        if (!part.staged.empty()) blob.bind(part.digest.to_string(), part.size).run();
}

/// The same image may come again with another manifest (its layers compressed otherwise): the
/// newest counts.
void insert_image(Database& database, const std::string& id, const NewImage& image) {
    database.run(
        "INSERT INTO images (id, manifest_digest, created_at) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET manifest_digest = excluded.manifest_digest",
        id, image.manifest_digest, static_cast<std::int64_t>(std::time(nullptr)));
    database.run("INSERT INTO configs (image_id, json) VALUES (?, ?) ON CONFLICT DO NOTHING", id,
                 image.config);
    Statement layer = database.prepare(
        "INSERT INTO image_layers (image_id, position, layer_key) VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET layer_key = excluded.layer_key");
    std::int64_t position = 0;
    for (const std::string& key : image.layer_keys) layer.bind(id, position++, key).run();
    database.run(
        "UPDATE images SET size = (SELECT coalesce(sum(size), 0) FROM layers WHERE key IN "
        "(SELECT layer_key FROM image_layers WHERE image_id = ?1)) WHERE id = ?1",
        id);
    Statement blob = database.prepare(
        "INSERT INTO image_blobs (image_id, digest) VALUES (?, ?) ON CONFLICT DO NOTHING");
    for (const NewBlob& part : image.blobs) blob.bind(id, part.digest.to_string()).run();
}

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void set_name(Database& database, std::string_view image_id, std::string_view name,
              const Origin& origin) {
    database.run(
        "INSERT INTO names (name, image_id, remote_digest, remote_platform) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id, "
        "remote_digest = excluded.remote_digest, remote_platform = excluded.remote_platform",
        name, image_id, or_null(origin.digest), or_null(origin.platform));
}

std::string containers_of(Database& database, std::string_view image_id) {
    Statement statement = database.query(
        "SELECT coalesce(name, substr(id, 1, 12)) FROM containers WHERE image_id = ?1 "
        "OR id IN (SELECT container_id FROM container_roots WHERE image_id = ?1) "
        "ORDER BY created_at, id",
        image_id);
    std::string list;
    while (statement.step())
        list += fmt::format("{}'{}'", list.empty() ? "" : ", ", statement.text(0));
    return list;
}

/// Keys of layers and digests of blobs ("sha256:…"), each once.
std::vector<std::string> layers_and_blobs_of(Database& database, std::string_view image_id) {
    Statement statement = database.query(
        "SELECT layer_key FROM image_layers WHERE image_id = ?1 "
        "UNION SELECT digest FROM image_blobs WHERE image_id = ?1",
        image_id);
    std::vector<std::string> keys;
    while (statement.step()) keys.push_back(statement.text(0));
    return keys;
}

}  // namespace

bool has_layer(Store& store, std::string_view key) {
    struct stat info;
    // A recorded layer whose directory somebody has deleted by hand is fetched again, and so
    // healed.
    return store.database().query("SELECT 1 FROM layers WHERE key = ?", key).step() &&
           stat(store.layout().layer(key).c_str(), &info) == 0;
}

bool has_blob(Store& store, const Digest& digest) {
    struct stat info;
    Statement statement =
        store.database().query("SELECT size FROM blobs WHERE digest = ?", digest.to_string());
    return statement.step() && stat(store.layout().blob(digest).c_str(), &info) == 0 &&
           info.st_size == statement.integer(0);
}

bool is_whole(Store& store, std::string_view image_id) {
    const auto is_here = [&](const std::string& key) {
        return key.find(':') == std::string::npos ? has_layer(store, key)
                                                  : has_blob(store, Digest::parse(key));
    };
    const auto keys = layers_and_blobs_of(store.database(), image_id);
    return std::all_of(keys.begin(), keys.end(), is_here);
}

bool has_name(Store& store, std::string_view name) {
    return store.database().query("SELECT 1 FROM names WHERE name = ?", name).step();
}

std::optional<std::string> find_pulled(Store& store, std::string_view name, const Origin& origin) {
    Statement row = store.database().query(
        "SELECT image_id FROM names "
        "WHERE name = ? AND remote_digest = ? AND remote_platform = ?",
        name, origin.digest, origin.platform);
    return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

std::string record_image(Store& store, const Staging& staging, const NewImage& image) {
    const std::string id = Digest::of(image.config).hex();
    sync_file_system(staging.path());
    const std::vector<std::int64_t> disk = count_blocks(image);
    Placement placement(store, staging);
    placement.place(image);
    Database& database = store.database();
    Transaction transaction(database);  // rolled back before the placement looks for rows
    insert_parts(database, image, disk);
    insert_image(database, id, image);
    for (const std::string& name : image.names) set_name(database, id, name, image.origin);
    placement.make_final();
    transaction.commit();
    placement.done();
    return id;
}

void add_name(Store& store, std::string_view image_id, std::string_view name) {
    Database& database = store.database();
    Transaction transaction(database);
    // It may have gone between the caller's look and the transaction.
    if (!database.query("SELECT 1 FROM images WHERE id = ?", image_id).step())
        throw Error("the image {} has been removed meanwhile", short_id(image_id));
    set_name(database, image_id, name, {});
    transaction.commit();
}

void remove_name(Store& store, std::string_view name) {
    Transaction transaction(store.database());
    store.database().run("DELETE FROM names WHERE name = ?", name);
    transaction.commit();
}

void remove_image(Store& store, const Image& image, Trash& trash) {
    Database& database = store.database();
    Reaper reaper(store, trash);
    for (const std::string& key : layers_and_blobs_of(database, image.id))
        key.find(':') == std::string::npos ? reaper.add_layer(key) : reaper.add_blob(key);
    trash.open();
    const auto lock = ImageLock::take(store, {image.id});
    if (!lock)
        throw Error("image '{}' is in use by a command that is just being started",
                    image.names.empty() ? short_id(image.id) : image.names.front());
    Transaction transaction(database);
    // Asked inside the transaction: no container can be made from it between the question and the
    // deletion.
    if (const std::string users = containers_of(database, image.id); !users.empty())
        throw Error("image '{}' is in use by the container{} {}",
                    image.names.empty() ? short_id(image.id) : image.names.front(),
                    users.find(',') == std::string::npos ? "" : "s", users)
            .with_hint("'marten rm CONTAINER' removes a container");
    if (is_mounted(store, image.id))
        throw Error("image '{}' is mounted on '{}'",
                    image.names.empty() ? short_id(image.id) : image.names.front(),
                    store.layout().mount(image.id).native())
            .with_hint("'marten umount' takes it away");
    database.run("DELETE FROM images WHERE id = ?", image.id);
    reaper.delete_rows();
    transaction.commit();
    reaper.bury();
}

}  // namespace mincs::db
