// See containers.hh.
#include "db/containers.hh"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "db/images.hh"
#include "db/lookups.hh"
#include "db/mounts.hh"
#include "db/spares.hh"
#include "db/staging.hh"

namespace mincs::db {
namespace {

constexpr std::size_t kIdDigits = 64;
constexpr std::size_t kShortestPrefix = 4;
constexpr std::size_t kLongestName = 64;  // a host name, sethostname(2)

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void check_name(std::string_view name) {
    bool good = !name.empty() && name.size() <= kLongestName && is_alphanumeric(name.front());
    for (const char c : name)
        good = good && (is_alphanumeric(c) || c == '_' || c == '.' || c == '-');
    if (!good)
        throw UsageError(
            "'{}' is no container's name: up to {} letters, digits, '_', '.' and '-', the first "
            "one a letter or digit",
            printable(name), kLongestName);
}

std::string label(const Container& container) {
    return container.name.empty() ? short_id(container.id) : container.name;
}

bool is_spare(const Store& store, const ContainerDirectory& directory) {
    return directory.base.parent_path() == store.layout().spares();
}

/// Asks without keeping it and without creating the file. Shared, so that two who ask at once see
/// the truth.
bool is_locked(const ContainerDirectory& directory) {
    const Fd fd(open(directory.lock().c_str(), O_RDONLY | O_CLOEXEC));
    return fd && flock(fd.get(), LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
}

/// Whoever asks with is_locked() holds it for an instant; a minc holds it for longer than this
/// waits.
std::optional<FileLock> lock_patiently(const std::filesystem::path& path) {
    constexpr int kTries = 20;
    constexpr useconds_t kPauseMicroseconds = 2000;
    for (int i = 0; i < kTries; ++i) {
        if (auto lock = FileLock::try_acquire(path)) return lock;
        usleep(kPauseMicroseconds);
    }
    return std::nullopt;
}

constexpr const char* kColumns =
    "SELECT id, coalesce(name, ''), coalesce(image_id, ''), root, command, created_at "
    "FROM containers ";

std::vector<RootPart> read_parts(Store& store, std::string_view id) {
    Statement row = store.database().query(
        "SELECT coalesce(image_id, ''), directory FROM container_roots WHERE container_id = ? "
        "ORDER BY position",
        id);
    std::vector<RootPart> parts;
    while (row.step()) parts.push_back({row.text(0), row.text(1)});
    return parts;
}

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

/// In the transaction that makes the container's row.
void insert_parts(Database& database, const Container& container) {
    for (std::size_t i = 0; i < container.parts.size(); ++i) {
        const RootPart& part = container.parts[i];
        if (!part.image_id.empty() &&
            !database.query("SELECT 1 FROM images WHERE id = ?", part.image_id).step())
            throw Error("an image of '{}' has been removed meanwhile", container.root);
        database.run(
            "INSERT INTO container_roots (container_id, position, image_id, directory) "
            "VALUES (?, ?, ?, ?)",
            container.id, static_cast<std::int64_t>(i), or_null(part.image_id), part.directory);
    }
}

Container read_row(Store& store, const Statement& row) {
    Container container;
    container.id = row.text(0);
    container.name = row.text(1);
    container.image_id = row.text(2);
    container.root = row.text(3);
    container.command = row.text(4);
    container.created_at = row.integer(5);
    container.layers = layers_of_image(store, container.image_id);
    // Only what was typed as a list can be one.
    if (container.image_id.empty() && container.root.find(':') != std::string::npos) {
        container.parts = read_parts(store, container.id);
        container.below = directories_of(store, container.parts);
    }
    const ContainerDirectory directory(store.layout().container(container.id));
    container.running = is_locked(directory);
    container.last_run = read_run_record(directory);
    // Between taking the lock and the start the record is still that of the run before.
    const bool is_live =
        container.running && container.last_run && !container.last_run->exit_status;
    // The number of a process that ended may belong to another by now.
    container.pid = is_live ? container.last_run->init.pid : 0;
    return container;
}

/// The upper directory's own owner and mode are those that the merged root shows.
void look_like(const std::filesystem::path& upper, const std::filesystem::path& lower) {
    struct stat model;
    check(stat(lower.c_str(), &model), "looking at '{}'", lower.native());
    // One who has no number in this user namespace is shown as nobody, who may have none either.
    if (chown(upper.c_str(), model.st_uid, model.st_gid) == -1 && errno != EINVAL)
        throw SysError(errno, "setting the owner of '{}'", upper.native());
    check(chmod(upper.c_str(), model.st_mode & 07777), "setting the mode of '{}'", upper.native());
}

void make_container_directory(const ContainerDirectory& directory) {
    const auto make = [](const std::filesystem::path& path, mode_t mode) {
        check(mkdir(path.c_str(), mode), "creating the directory '{}'", path.native());
    };
    make(directory.base, 0700);
    make(directory.storage(), 0755);
    make(directory.work(), 0755);
}

[[noreturn]] void refuse_name(std::string_view name) {
    throw Error("there is a container '{}' already", name)
        .with_hint(fmt::format("'minc -t {0}' runs it again, 'marten rm {0}' removes it", name));
}

void check_is_free(Database& database, std::string_view name) {
    if (database.query("SELECT 1 FROM containers WHERE name = ?", name).step()) refuse_name(name);
}

void check_image(Database& database, const Container& container) {
    if (container.image_id.empty()) return;
    if (!database.query("SELECT 1 FROM images WHERE id = ?", container.image_id).step())
        throw Error("the image '{}' has been removed meanwhile", container.root);
}

void insert_row(Store& store, const Container& container) {
    Database& database = store.database();
    Transaction transaction(database);
    if (!container.name.empty()) check_is_free(database, container.name);
    check_image(database, container);
    database.run(
        "INSERT INTO containers (id, name, image_id, root, command, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        container.id, or_null(container.name), or_null(container.image_id), container.root,
        container.command, container.created_at);
    insert_parts(database, container);
    transaction.commit();
}

/// The directory that the root's own owner and mode are taken from.
std::string model_of(Store& store, const Container& container) {
    if (!container.below.empty()) return container.below.front();
    if (!container.layers.empty()) return store.layout().layer(container.layers.back());
    return container.root == "host" ? "/" : container.root;
}

/// Of the directory in which `lock` was made or found: locked, and with a storage that looks like
/// the root. `hold_image` sees to it that the image stays.
void prepare(Store& store, const Container& container, const ContainerDirectory& directory,
             const std::function<void()>& hold_image) {
    hold_image();
    // Only now is the image ours: before, it may go at any moment with its layers.
    const std::string model = model_of(store, container);
    if (!model.empty()) look_like(directory.storage(), model);
}

/// A sweep takes a directory that has neither a row nor a held lock; a newborn is such a one for a
/// moment.
FileLock hold_births(const Store& store) {
    return FileLock::acquire(store.layout().birth_lock(), FileLock::Mode::kShared);
}

/// Makes the directory and takes its lock.
FileLock make_on_disk(Store& store, const Container& container,
                      const std::function<void()>& hold_image) {
    const ContainerDirectory directory(store.layout().container(container.id));
    const FileLock birth = hold_births(store);
    try {
        make_container_directory(directory);
        FileLock lock = FileLock::acquire(directory.lock());
        prepare(store, container, directory, hold_image);
        return lock;
    } catch (...) {
        remove_tree(directory.base);
        throw;
    }
}

/// The lock file goes last: a sweep that finds it held keeps its hands off, and one that finds none
/// finds an empty directory, which either may remove.
void remove_container_directory(const ContainerDirectory& directory) {
    if (!std::filesystem::exists(directory.base)) return;
    for (const auto& entry : std::filesystem::directory_iterator(directory.base))
        if (entry.path() != directory.lock()) remove_tree(entry.path());
    remove_tree(directory.base);
}

bool exists(Store& store, const Container& container) {
    return store.database().query("SELECT 1 FROM containers WHERE id = ?", container.id).step();
}

void refuse_mounted(const Store& store, const Container& container) {
    if (is_mounted(store, container.id))
        throw Error("the container '{}' is mounted on '{}'", label(container),
                    store.layout().mount(container.id).native())
            .with_hint(fmt::format("'marten umount {}' takes it away", label(container)));
}

void delete_row(Store& store, std::string_view id) {
    Transaction transaction(store.database());
    store.database().run("DELETE FROM containers WHERE id = ?", id);
    transaction.commit();
}

}  // namespace

std::vector<std::string> directories_of(Store& store, const std::vector<RootPart>& parts) {
    std::vector<std::string> lowest_first;
    const auto add = [&](std::string directory) {
        if (std::find(lowest_first.begin(), lowest_first.end(), directory) == lowest_first.end())
            lowest_first.push_back(std::move(directory));
    };
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (part->image_id.empty()) add(part->directory);
        for (const std::string& layer : layers_of_image(store, part->image_id))
            add(store.layout().layer(layer));
    }
    return {lowest_first.rbegin(), lowest_first.rend()};
}

std::string new_container_id() {
    return random_hex(kIdDigits);
}

FileLock create_container(Store& store, const Container& container) {
    if (!container.name.empty()) check_name(container.name);
    bool is_recorded = false;
    try {
        return make_on_disk(store, container, [&] {
            insert_row(store, container);
            is_recorded = true;
        });
    } catch (...) {
        if (is_recorded) delete_row(store, container.id);
        throw;
    }
}

BriefContainer create_brief_container(Store& store, const Container& container,
                                      const std::string& stamp, BriefDirectory directory) {
    std::optional<ImageLock> image;
    const auto hold_image = [&] {
        if (container.image_id.empty()) return;
        image = ImageLock::use(store, container.image_id);
        if (!is_unchanged(store.layout(), stamp)) check_image(store.database(), container);
    };
    std::optional<Spare> spare;
    if (directory == BriefDirectory::kSpare) {
        const FileLock birth = hold_births(store);
        spare = take_spare(store.layout());
    }
    if (!spare) {
        FileLock lock = make_on_disk(store, container, hold_image);
        const ContainerDirectory own(store.layout().container(container.id));
        return {own, std::move(lock), std::move(image)};
    }
    try {
        prepare(store, container, spare->directory, hold_image);
    } catch (...) {
        give_back_spare(spare->directory);
        throw;
    }
    return {std::move(spare->directory), std::move(spare->lock), std::move(image)};
}

void record_brief_container(Store& store, const Container& container,
                            ContainerDirectory& directory) {
    const ContainerDirectory own(store.layout().container(container.id));
    check(rename(directory.base.c_str(), own.base.c_str()), "moving '{}' to '{}'",
          directory.base.native(), own.base.native());
    directory = own;
    insert_row(store, container);
}

void tidy_brief_container(const Store& store, const ContainerDirectory& directory) {
    if (is_spare(store, directory)) tidy_spare(directory);
}

void remove_brief_container(Store& store, const ContainerDirectory& directory) {
    if (is_spare(store, directory))
        give_back_spare(directory);
    else
        remove_container_directory(directory);
}

std::optional<FileLock> lock_if_stopped(Store& store, const Container& container) {
    const ContainerDirectory directory(store.layout().container(container.id));
    auto lock = lock_patiently(directory.lock());
    // It may have been removed between the caller's look and the lock.
    if (!exists(store, container))
        throw Error("the container '{}' has been removed", label(container));
    return lock;
}

FileLock lock_container(Store& store, const Container& container) {
    auto lock = lock_if_stopped(store, container);
    if (!lock) throw Error("the container '{}' is running", label(container));
    refuse_mounted(store, container);
    return std::move(*lock);
}

std::optional<Container> find_container(Store& store, std::string_view name_or_id) {
    Database& database = store.database();
    Statement by_name = database.query(std::string(kColumns) + "WHERE name = ?", name_or_id);
    if (by_name.step()) return read_row(store, by_name);
    const bool may_be_id =
        name_or_id.size() >= kShortestPrefix && name_or_id.size() <= kIdDigits &&
        name_or_id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!may_be_id) return std::nullopt;
    Statement by_id =
        database.query(std::string(kColumns) + "WHERE id >= ?1 AND id < ?1 || 'g'", name_or_id);
    if (!by_id.step()) return std::nullopt;
    Container container = read_row(store, by_id);
    if (by_id.step())
        throw Error("'{}' may be several containers: '{}', '{}'", name_or_id, container.id,
                    by_id.text(0))
            .with_hint("type more of the ID");
    return container;
}

Container get_container(Store& store, std::string_view name_or_id) {
    if (auto container = find_container(store, name_or_id)) return std::move(*container);
    throw Error("there is no container '{}'", printable(name_or_id))
        .with_hint("'marten lc' lists the containers");
}

std::vector<Container> list_containers(Store& store) {
    std::vector<Container> containers;
    Statement row = store.database().prepare(std::string(kColumns) + "ORDER BY created_at, id");
    while (row.step()) containers.push_back(read_row(store, row));
    return containers;
}

void rename_container(Store& store, const Container& container, std::string_view name) {
    check_name(name);
    Database& database = store.database();
    Transaction transaction(database);
    if (!exists(store, container))
        throw Error("the container '{}' has been removed", label(container));
    if (container.name != name) check_is_free(database, name);
    database.run("UPDATE containers SET name = ? WHERE id = ?", name, container.id);
    transaction.commit();
}

void remove_container(Store& store, const Container& container, bool lock_is_mine) {
    std::optional<FileLock> lock;
    const ContainerDirectory directory(store.layout().container(container.id));
    if (!lock_is_mine && std::filesystem::exists(directory.base)) {
        lock = lock_patiently(directory.lock());
        if (!lock)
            throw Error("the container '{}' is running", label(container))
                .with_hint("end its command first");
    }
    refuse_mounted(store, container);
    delete_row(store, container.id);
    // Without its row it is nobody's: whatever a kill leaves of it here, the next sweep takes.
    remove_container_directory(directory);
}

}  // namespace mincs::db
