// See verify_repair.hh.
#include "tools/marten/verify_repair.hh"

#include <sys/stat.h>

#include "libcore/base/log.hh"
#include "tools/marten/layer_stack.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

std::string label_of(const db::Image& image) {
    return image.names.empty() ? db::short_id(image.id) : image.names.front();
}

/// "debian:latest" or "debian:latest and 2 more images".
std::string label_of(const std::vector<const StoredImage*>& images) {
    const std::string& first = images.front()->label;
    if (images.size() == 1) return first;
    return fmt::format("{} and {} more image{}", first, images.size() - 1,
                       images.size() == 2 ? "" : "s");
}

/// The registries that may have what an image consists of; none for one that was made here.
std::vector<registry::Reference> sources_of(const std::vector<const StoredImage*>& images) {
    std::vector<registry::Reference> sources;
    for (const StoredImage* image : images)
        for (const std::string& name : image->image.names) {
            auto reference = registry::Reference::parse(name);
            if (reference.registry != "localhost") sources.push_back(std::move(reference));
        }
    return sources;
}

void write_new_file(const stdfs::path& path, std::string_view content) {
    const Fd fd(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                      "creating '{}'", path.native()));
    write_all(fd.get(), content, path.native());
}

/// What is at the path goes with it.
struct RemovedTree {
    stdfs::path path;
    ~RemovedTree() {
        try {
            remove_tree(path);
        } catch (const Error& error) {
            debug("{}; it goes with the staging directory", error.what());
        }
    }
};

std::vector<layer::Difference> compare(const stdfs::path& expected, const stdfs::path& actual) {
    const Fd directory(open(actual.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory && (errno == ENOENT || errno == ENOTDIR)) return {{"", "is missing"}};
    check(directory.get(), "opening '{}'", actual.native());
    return layer::compare_layers(fs::RootDir::open(expected.native()),
                                 fs::RootDir(directory.duplicate(), "the layer"));
}

/// What a layer's row says other than its files; empty: nothing.
std::string contradiction_of(const db::Layer& row, const db::Layer& files) {
    if (row.size != files.size || row.entries != files.entries)
        return fmt::format("{} bytes in {} entries instead of {} in {}", row.size, row.entries,
                           files.size, files.entries);
    if (row.opaque != files.opaque)
        return fmt::format("that the layers below it are {}", row.opaque ? "hidden" : "seen");
    return "";
}

/// After the first look, which reads of what depends on other layers the blob only.
bool seems_damaged(const Part& part, const std::optional<db::Layer>& row) {
    if (!part.blob_damage.empty() || !part.not_a_layer.empty() || !part.differences.empty())
        return true;
    if (!row) return false;
    db::Layer files = *row;
    files.size = part.counted.bytes;
    files.entries = part.counted.entries;
    files.opaque = part.counted.opaque_root;
    return row->depends || !contradiction_of(*row, files).empty();
}

bool is_no_room(int code) {
    return code == ENOSPC || code == EDQUOT || code == EROFS;
}

}  // namespace

db::KeyLocks SecondLook::lock(const std::vector<std::string>& keys) const {
    return db::KeyLocks::acquire(
        store_, keys, [] { debug("waiting for another process that works on it"); },
        [this] { return stop_.flag().load(); });
}

const db::Staging& SecondLook::staging() {
    if (!staging_) staging_.emplace(db::Staging::create(store_));
    return *staging_;
}

stdfs::path SecondLook::new_path() {
    return staging().path() / std::to_string(++made_);
}

registry::Client& SecondLook::client() {
    if (!client_) {
        registry::ClientOptions options;
        options.cancelled = &stop_.flag();
        client_ = std::make_unique<registry::Client>(std::move(options));
    }
    return *client_;
}

template <typename Repair>
bool SecondLook::try_to_repair(std::string_view how, const Repair& repair) {
    if (!repair_) return false;
    try {
        repair();
        report_.repaired(how);
        return true;
    } catch (const Error& error) {
        stop_.check();
        report_.not_repaired(error.what());
        return false;
    }
}

void SecondLook::fetch_from(const registry::Reference& reference, const KeptBlob& blob,
                            bool is_manifest, const stdfs::path& path) {
    if (is_manifest) {
        registry::Reference pinned = reference;
        pinned.tag.clear();
        pinned.digest = blob.digest;
        return write_new_file(path, client().fetch_document(pinned).raw);
    }
    const Fd file(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
                        "creating '{}'", path.native()));
    registry::Descriptor descriptor;
    descriptor.digest = blob.digest;
    descriptor.size = blob.size;
    client().fetch_blob(reference, descriptor, [&](std::string_view bytes) {
        stop_.check();
        write_all(file.get(), bytes, path.native());
    });
}

void SecondLook::refetch(const KeptBlob& blob, const Images& images, bool is_manifest) {
    const auto sources = sources_of(images);
    if (sources.empty()) throw Error("no registry has it, as the image was made here");
    std::string why;
    for (const registry::Reference& source : sources) {
        const stdfs::path path = new_path();
        try {
            debug("fetching {} from '{}'", blob.digest.to_string(), source.to_string());
            fetch_from(source, blob, is_manifest, path);
            return db::replace_blob(store_, blob.digest, path);
        } catch (const Error& error) {
            stop_.check();
            why = error.what();
        }
    }
    throw Error("{}", why);
}

// ---- documents ----

KeptBlob SecondLook::kept(const Digest& digest) const {
    const auto row = db::find_blob_row(store_, digest.to_string());
    return {digest, row ? row->size : 0, store_.layout().blob(digest)};
}

std::optional<std::string> SecondLook::sound_config(const db::Image& image) const {
    if (Digest::of(image.config).hex() == image.id) return image.config;
    return sound_bytes(kept(Digest::parse("sha256:" + image.id)), stop_);
}

bool SecondLook::documents_are_sound(const db::Image& image) const {
    const auto is_sound = [&](const std::string& digest) {
        return damage_of_blob(kept(Digest::parse(digest)), stop_).empty();
    };
    return Digest::of(image.config).hex() == image.id && is_sound("sha256:" + image.id) &&
           (image.manifest_digest.empty() || is_sound(image.manifest_digest));
}

void SecondLook::repair_manifest(const StoredImage& stored) {
    if (stored.image.manifest_digest.empty()) return;
    const KeptBlob blob = kept(Digest::parse(stored.image.manifest_digest));
    report_.begin(stored.label, fmt::format("manifest {}", blob.digest.short_hex()));
    const std::string damage = damage_of_blob(blob, stop_);
    if (damage.empty()) return;
    report_.damage(damage);
    try_to_repair("fetched again", [&] { refetch(blob, {&stored}, true); });
}

void SecondLook::repair_config(const StoredImage& stored) {
    const Digest digest = Digest::parse("sha256:" + stored.image.id);
    KeptBlob blob = kept(digest);
    report_.begin(stored.label, fmt::format("config {}", digest.short_hex()));
    const std::string damage = damage_of_blob(blob, stop_);
    const bool row_is_sound = Digest::of(stored.image.config) == digest;
    if (!damage.empty()) report_.damage(fmt::format("its blob {}", damage));
    if (!row_is_sound) report_.damage("the database has another text");
    if (damage.empty() && row_is_sound) return;
    if (row_is_sound) {
        try_to_repair("written again from the database", [&] {
            const stdfs::path path = new_path();
            write_new_file(path, stored.image.config);
            db::replace_blob(store_, digest, path);
        });
        return;
    }
    if (!damage.empty() && !try_to_repair("fetched again", [&] { refetch(blob, {&stored}); }))
        return;
    // The database has it from the blob, which is one thing with it.
    if (repair_) db::restore_config(store_, stored.image.id, read_file(blob.path));
    if (damage.empty()) try_to_repair("the database has it from the blob again", [] {});
}

std::optional<StoredImage> SecondLook::look_at_documents(const std::string& id) {
    auto row = db::find_image_row(store_, id);
    if (!row) return std::nullopt;
    StoredImage stored{*row, label_of(*row), {}, {}};
    const std::string& manifest = row->manifest_digest;
    if (!documents_are_sound(*row)) {
        std::vector<std::string> keys = {id};
        if (!manifest.empty()) keys.push_back(Digest::parse(manifest).hex());
        const db::KeyLocks locks = lock(keys);
        row = db::find_image_row(store_, id);
        if (!row) return std::nullopt;
        stored.image = *row;
        repair_manifest(stored);
        repair_config(stored);
    }
    const std::string what = fmt::format("'{}'", stored.label);
    if (const auto config = sound_config(stored.image))
        stored.config = db::ImageConfig::parse(*config, what);
    if (!manifest.empty())
        if (const auto text = sound_bytes(kept(Digest::parse(manifest)), stop_))
            stored.manifest = registry::parse_manifest(*text, "", what);
    return stored;
}

// ---- layers and their blobs ----

void SecondLook::look_at_part(Part& part, const std::vector<StoredImage>& images) {
    const auto row = part.key.empty() ? std::nullopt : db::find_layer(store_, part.key);
    if (!seems_damaged(part, row)) return;
    std::vector<std::string> keys = part.below;
    if (!part.key.empty()) keys.push_back(part.key);
    if (!part.blob.digest.empty()) keys.push_back(part.blob.digest.hex());
    const db::KeyLocks locks = lock(keys);
    Images owners;
    for (const std::size_t index : part.owners) owners.push_back(&images[index]);
    if (!look_at_blob(part, owners)) {
        damaged_.insert(part.key);
        return;
    }
    const auto now = part.key.empty() ? std::nullopt : db::find_layer(store_, part.key);
    if (now && can_be_settled(part)) look_at_layer(part, *now);
}

bool SecondLook::can_be_settled(const Part& part) const {
    for (const std::string& key : part.below) {
        if (!db::find_layer(store_, key)) return false;
        if (!damaged_.contains(key)) continue;
        warning("layer {} is not looked at: it depends on the layer {}, which is damaged",
                db::short_id(part.key), db::short_id(key));
        return false;
    }
    return true;
}

bool SecondLook::look_at_blob(const Part& part, const Images& images) {
    report_.begin(label_of(images), part.key.empty()
                                        ? fmt::format("blob {}", part.blob.digest.short_hex())
                                        : fmt::format("layer {}", db::short_id(part.key)));
    if (part.blob.digest.empty()) {
        if (db::find_layer(store_, part.key)) {
            report_.damage("no blob of the image is this layer's, so that its files prove nothing");
            if (repair_) report_.not_repaired("nobody knows where it came from");
        }
        return false;
    }
    if (!db::find_blob_row(store_, part.blob.digest.to_string())) return false;
    const std::string damage = damage_of_blob(part.blob, stop_);
    if (damage.empty()) return true;
    report_.damage(part.key.empty()
                       ? damage
                       : fmt::format("its blob {} {}", part.blob.digest.short_hex(), damage));
    return try_to_repair("fetched again", [&] { refetch(part.blob, images); });
}

void SecondLook::unpack(Part& part, const stdfs::path& directory, db::Layer& row) {
    check(mkdir(directory.c_str(), 0755), "creating the directory '{}'", directory.native());
    BlobReader blob(part.blob, stop_);
    layer::ApplyLimits limits;
    std::atomic<std::int64_t> room_for_notes = kNotesMemory;
    if (part.depends) limits.notes = &room_for_notes;
    part.counted = layer::apply_compressed_layer(
        [&] { return blob.next(); }, fs::RootDir::open(directory.native()), part.diff_id, limits);
    std::vector<stdfs::path> below;
    for (const std::string& key : part.below) below.push_back(store_.layout().layer(key));
    if (part.depends) settle_on(below, directory, part.counted, limits, stop_);
    row.size = part.counted.bytes;
    row.entries = part.counted.entries;
    row.opaque = part.counted.opaque_root;
}

void SecondLook::tell(const std::vector<layer::Difference>& differences) {
    for (const layer::Difference& difference : differences)
        report_.damage(difference.path.empty()
                           ? fmt::format("its directory {}", difference.what)
                           : fmt::format("'{}' {}", printable(difference.path), difference.what));
}

void SecondLook::look_at_layer(Part& part, const db::Layer& recorded) {
    db::Layer row = recorded;
    const stdfs::path anew = new_path();
    const RemovedTree removed{anew};
    std::vector<layer::Difference> differences;
    try {
        unpack(part, anew, row);
        differences = compare(anew, part.directory);
    } catch (const SysError& error) {
        // What the first look saw must do, if it could see something.
        if (!is_no_room(error.code()) || repair_ || part.depends) throw;
        differences = part.differences;
    } catch (const Error& error) {
        stop_.check();
        report_.damage(fmt::format("its blob is no such layer: {}", error.what()));
        if (repair_) report_.not_repaired("the bytes are what the registry sent");
        damaged_.insert(part.key);
        return;
    }
    tell(differences);
    const std::string contradiction = contradiction_of(recorded, row);
    if (!contradiction.empty()) report_.damage("the database says " + contradiction);
    // What stands on it was planned otherwise: the next verify sees what is below that.
    if (row.opaque != recorded.opaque) damaged_.insert(part.key);
    if (!differences.empty()) {
        if (!try_to_repair("unpacked anew from its blob",
                           [&] { db::replace_layer(store_, staging(), row, anew); }))
            damaged_.insert(part.key);
    } else if (!contradiction.empty()) {
        try_to_repair("the database says so now", [&] { db::restore_counts(store_, row); });
    }
}

}  // namespace mincs::marten
