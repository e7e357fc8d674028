// See usage.hh. Layers never change, and their rows know what they take, so they are not walked;
// blobs are one stat(2) each; containers and unfinished work are walked, as they grow.
#include "db/usage.hh"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "db/locks.hh"
#include "db/mounts.hh"
#include "db/staging.hh"
#include "libcore/base/directory.hh"
#include "libcore/base/disk_usage.hh"

namespace mincs::db {
namespace {

namespace stdfs = std::filesystem;

using Keys = std::unordered_set<std::string>;

/// st_blocks are of 512 bytes everywhere (stat(2)). 0 for what is gone.
std::int64_t own_blocks(int directory, const char* name) {
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0) return status.st_blocks * 512;
    if (errno == ENOENT) return 0;
    throw SysError(errno, "looking at '{}'", printable(name));
}

/// Calls `action(name, descriptor of the directory)` for each entry; adds what the directory itself
/// takes to `own`. One that is not there has none.
void for_each_entry(const stdfs::path& directory, std::int64_t& own,
                    const std::function<void(const std::string&, int)>& action) {
    const Fd opened(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!opened && errno == ENOENT) return;
    check(opened.get(), "reading the directory '{}'", directory.native());
    own += own_blocks(opened.get(), ".");
    for (const std::string& name : sorted_names(opened.get(), directory.native()))
        action(name, opened.get());
}

bool is_hex(std::string_view name) {
    return (name.size() == 64 || name.size() == 128) &&
           name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Somebody who lives holds the lock of what he makes.
bool is_alive(const stdfs::path& lock_file) {
    const Fd lock(open(lock_file.c_str(), O_RDONLY | O_CLOEXEC));
    return lock && flock(lock.get(), LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
}

/// What each layer takes, by its key; nothing where it was not counted yet.
std::unordered_map<std::string, std::optional<std::int64_t>> read_layers(Database& database) {
    std::unordered_map<std::string, std::optional<std::int64_t>> layers;
    Statement row = database.prepare("SELECT key, disk FROM layers");
    while (row.step())
        layers.emplace(row.text(0), row.is_null(1) ? std::nullopt : std::optional(row.integer(1)));
    return layers;
}

std::int64_t disk_of_layer(const Layout& layout, const std::string& key,
                           const std::optional<std::int64_t>& recorded) {
    return recorded ? *recorded : disk_usage(layout.layer(key));
}

Keys column_of(Statement statement) {
    Keys keys;
    while (statement.step()) keys.insert(statement.text(0));
    return keys;
}

/// The second column of those rows whose first is not in `without`.
Keys column_of(Statement statement, const Keys& without) {
    Keys keys;
    while (statement.step())
        if (without.empty() || !without.contains(statement.text(0))) keys.insert(statement.text(1));
    return keys;
}

constexpr const char* kLayersOfImages = "SELECT image_id, layer_key FROM image_layers";
constexpr const char* kBlobsOfImages = "SELECT image_id, digest FROM image_blobs";

/// One measuring of the whole tree.
class Survey {
 public:
    Survey(Store& store, bool with_unused)
        : layout_(store.layout()), database_(store.database()), locks_(store) {
        if (!with_unused) return;
        const std::vector<std::string> unused = unused_images(store);
        unused_ = Keys(unused.begin(), unused.end());
    }

    StoreUsage run() {
        for_each_entry(layout_.base(), own(), [&](const std::string& name, int) {
            const auto path = layout_.base() / name;
            if (path == layout_.layers())
                measure_layers();
            else if (path == layout_.blobs())
                measure_blobs();
            else if (path == layout_.partials())
                measure_partials();
            else if (path == layout_.containers())
                measure_containers();
            else if (path == layout_.staging())
                measure_staging();
            else
                own() += disk_usage(path);
        });
        return usage_;
    }

 private:
    /// The bytes that are nobody's share.
    std::int64_t& own() { return usage_.rest.all.disk; }

    static void add(Share& share, std::int64_t bytes, bool is_reclaimable) {
        share.all.add(bytes);
        if (is_reclaimable) share.reclaimable.add(bytes);
    }

    void measure_layers() {
        const auto rows = read_layers(database_);
        const Keys kept = column_of(database_.prepare(kLayersOfImages), unused_);
        for_each_entry(layout_.layers(), own(), [&](const std::string& name, int) {
            if (const auto row = rows.find(name); row != rows.end())
                add(usage_.layers, disk_of_layer(layout_, name, row->second), !kept.contains(name));
            else if (is_hex(name))
                add(usage_.unfinished, disk_usage(layout_.layer(name)), !locks_.is_held(name));
            else
                own() += disk_usage(layout_.layer(name));
        });
    }

    void measure_blobs() {
        const Keys rows = column_of(database_.prepare("SELECT digest FROM blobs"));
        const Keys kept = column_of(database_.prepare(kBlobsOfImages), unused_);
        for_each_entry(layout_.blobs(), own(), [&](const std::string& algorithm, int) {
            for_each_entry(layout_.blobs() / algorithm, own(),
                           [&](const std::string& hex, int directory) {
                               const std::string digest = algorithm + ":" + hex;
                               const std::int64_t bytes = own_blocks(directory, hex.c_str());
                               if (rows.contains(digest))
                                   add(usage_.blobs, bytes, !kept.contains(digest));
                               else if (is_hex(hex))
                                   add(usage_.unfinished, bytes, !locks_.is_held(hex));
                               else
                                   own() += bytes;
                           });
        });
    }

    /// What came of blobs whose pull was interrupted.
    void measure_partials() {
        for_each_entry(layout_.partials(), own(), [&](const std::string& algorithm, int) {
            for_each_entry(layout_.partials() / algorithm, own(),
                           [&](const std::string& hex, int directory) {
                               add(usage_.unfinished, own_blocks(directory, hex.c_str()),
                                   is_hex(hex) && !locks_.is_held(hex));
                           });
        });
    }

    void measure_containers() {
        const Keys rows = column_of(database_.prepare("SELECT id FROM containers"));
        for_each_entry(layout_.containers(), own(), [&](const std::string& id, int) {
            const ContainerDirectory directory(layout_.container(id));
            const std::int64_t bytes = disk_usage(directory.base);
            if (rows.contains(id))
                add(usage_.containers, bytes, false);
            else
                add(usage_.unfinished, bytes, !is_alive(directory.lock()));
        });
    }

    void measure_staging() {
        for_each_entry(layout_.staging(), own(), [&](const std::string& name, int directory) {
            const auto path = layout_.staging() / name;
            if (name.ends_with(".lock"))
                usage_.unfinished.all.disk += own_blocks(directory, name.c_str());
            else
                add(usage_.unfinished, disk_usage(path), !is_alive(staging_lock(path)));
        });
    }

    const Layout& layout_;
    Database& database_;
    KeyLocks locks_;
    Keys unused_;
    StoreUsage usage_;
};

/// What each blob takes, by "ALGORITHM:HEX".
std::unordered_map<std::string, std::int64_t> stat_blobs(const Layout& layout) {
    std::unordered_map<std::string, std::int64_t> blobs;
    std::int64_t own = 0;
    for_each_entry(layout.blobs(), own, [&](const std::string& algorithm, int) {
        for_each_entry(layout.blobs() / algorithm, own, [&](const std::string& hex, int directory) {
            blobs.emplace(algorithm + ":" + hex, own_blocks(directory, hex.c_str()));
        });
    });
    return blobs;
}

/// Adds up, over rows of (image, part), what each image has and what it alone has.
class PartSums {
 public:
    explicit PartSums(std::vector<ImageUsage>& images) {
        for (ImageUsage& image : images) images_.emplace(image.image.id, &image);
    }

    template <typename DiskOf>
    void add(Statement rows, const DiskOf& disk_of) {
        std::unordered_map<std::string, std::pair<ImageUsage*, int>> users;
        while (rows.step()) {
            const auto image = images_.find(rows.text(0));
            if (image == images_.end()) continue;  // it came meanwhile
            const std::string part = rows.text(1);
            image->second->disk += disk_of(part);
            auto& [last, count] = users[part];
            last = image->second;
            ++count;
        }
        for (const auto& [part, use] : users)
            if (use.second == 1) use.first->unique += disk_of(part);
    }

 private:
    std::unordered_map<std::string, ImageUsage*> images_;
};

}  // namespace

std::int64_t StoreUsage::disk() const {
    std::int64_t bytes = 0;
    for (const Share* share : {&layers, &blobs, &containers, &unfinished, &rest})
        bytes += share->all.disk;
    return bytes;
}

std::int64_t StoreUsage::reclaimable() const {
    std::int64_t bytes = 0;
    for (const Share* share : {&layers, &blobs, &containers, &unfinished, &rest})
        bytes += share->reclaimable.disk;
    return bytes;
}

StoreUsage measure_usage(Store& store, bool with_unused) {
    return Survey(store, with_unused).run();
}

std::vector<ImageUsage> measure_images(Store& store) {
    std::vector<ImageUsage> images;
    for (ImageSummary& image : list_images(store)) images.push_back({std::move(image), 0, 0});
    Database& database = store.database();
    const Snapshot snapshot(database);
    const auto layers = read_layers(database);
    const auto blobs = stat_blobs(store.layout());
    PartSums sums(images);
    // An image may have the same layer twice.
    sums.add(database.prepare("SELECT DISTINCT image_id, layer_key FROM image_layers"),
             [&](const std::string& key) {
                 const auto found = layers.find(key);
                 return found == layers.end() ? 0
                                              : disk_of_layer(store.layout(), key, found->second);
             });
    sums.add(database.prepare(kBlobsOfImages), [&](const std::string& digest) {
        const auto found = blobs.find(digest);
        return found == blobs.end() ? 0 : found->second;
    });
    return images;
}

std::vector<std::string> unused_images(Store& store) {
    Statement row = store.database().prepare(
        "SELECT id FROM images WHERE id NOT IN (SELECT image_id FROM names) AND id NOT IN "
        "(SELECT image_id FROM containers WHERE image_id IS NOT NULL) AND id NOT IN "
        "(SELECT image_id FROM container_roots WHERE image_id IS NOT NULL) "
        "ORDER BY created_at, id");
    std::vector<std::string> ids;
    while (row.step())
        if (!is_mounted(store, row.text(0))) ids.push_back(row.text(0));
    return ids;
}

}  // namespace mincs::db
