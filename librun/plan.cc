// See plan.hh.
#include "librun/plan.hh"

#include <sched.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "libcore/base/log.hh"
#include "libcore/container/seccomp_compiler.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/owner_note.hh"
#include "librun/command.hh"
#include "librun/emulator.hh"
#include "librun/machine_architecture.hh"
#include "librun/mount_places.hh"
#include "librun/request_spec.hh"
#include "librun/root_source.hh"
#include "librun/spec_file.hh"
#include "librun/x11.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

std::string join(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

/// Options that contradict each other are said before anything is made.
void check_request(const Request& request) {
    if (request.direct && !request.reuse.empty())
        throw UsageError("-D and -t exclude each other: a container is an overlay");
    if (!request.reuse.empty() && !request.name.empty())
        throw UsageError("--name and -t exclude each other: '{}' has its name",
                         printable(request.reuse));
    if (request.keep && request.remove) throw UsageError("-k and --rm exclude each other");
    if (request.privileged && !request.seccomp.empty() && request.seccomp != kUnconfined)
        throw UsageError("--seccomp and --privileged exclude each other: it means no filter");
    if (request.machine.kind == MachineRequest::Kind::kUserMode && !request.cross.empty())
        throw UsageError("--cross and --um exclude each other: its machine is this one's kind")
            .with_hint("--qemu has others");
    if (request.log_size != container::kDefaultLogSize && !request.background)
        throw UsageError("--log-size is for -B: only then is there a log");
    if (request.machine && (request.x11 || request.usedev || request.debugfs))
        throw UsageError("{} is the host's, which a machine does not see", request.x11 ? "-X"
                                                                           : request.usedev
                                                                               ? "--usedev"
                                                                               : "--debugfs");
}

void check_direct(const RootSource& root) {
    if (root.kind == RootKind::kHost)
        throw UsageError("-D needs -r DIR: the host's own root is only used under an overlay");
    if (root.kind == RootKind::kStack)
        throw UsageError("-D needs -r DIR: '{}' are several", root.name);
    if (root.kind == RootKind::kImage)
        throw UsageError("-D needs -r DIR: '{}' is an image, which never changes", root.name);
}

/// A directory that is used as a container's (-t DIR): made where missing.
db::ContainerDirectory open_container_directory(const std::string& path) {
    const db::ContainerDirectory directory(stdfs::absolute(path).lexically_normal());
    for (const stdfs::path& part : {directory.root(), directory.storage(), directory.work()})
        make_directories(part);
    return directory;
}

/// One that goes needs no mount point of its own: the overlay has hold of its work directory, and
/// nobody else looks into that. (On the host's root a tmpfs is mounted there before the overlay.)
void use_directory(container::ContainerSpec& spec, const db::ContainerDirectory& directory,
                   bool keep) {
    if (!spec.overlay) return;
    const bool has_mount_point = keep || spec.overlay->host_submounts;
    if (has_mount_point) make_directories(directory.root());
    spec.root.path = has_mount_point ? directory.root() : directory.work();
    spec.overlay->upper = directory.storage();
    spec.overlay->work = directory.work();
}

/// The upper directory's owner is the one that the merged root shows.
void note_owner_like(const std::string& upper, const RootSource& root) {
    struct stat model;
    if (!fs::notes_owners() || root.lower.empty()) return;
    check(stat(root.lower.front().c_str(), &model), "looking at '{}'", root.lower.front());
    fs::note_owner(upper, fs::owner_of(root.lower.front(), model));
}

/// What stands in front of the layers when a user is looked up.
std::string changes_in(const db::ContainerDirectory& directory) {
    return stdfs::exists(directory.copy()) ? directory.copy() : directory.storage();
}

bool is_of_images(const RootSource& root) {
    return root.kind == RootKind::kImage ||
           std::any_of(root.parts.begin(), root.parts.end(),
                       [](const db::RootPart& part) { return !part.image_id.empty(); });
}

/// The container that -t names; none where there is no -t, or a directory.
std::optional<db::Container> find_reused(db::Store& store, const Request& request) {
    if (request.reuse.empty()) return std::nullopt;
    auto reused = db::find_container(store, request.reuse);
    if (!reused && request.reuse.find('/') == std::string::npos && !stdfs::exists(request.reuse))
        throw Error("'{}' is neither a container nor a directory", printable(request.reuse))
            .with_hint("'marten lc' lists the containers");
    if (reused && !request.root.empty())
        throw UsageError("-r and -t exclude each other: '{}' has its root",
                         printable(request.reuse));
    if (request.background && !reused)
        throw UsageError("-B needs a container that has an ID, and '{}' is a directory",
                         printable(request.reuse));
    return reused;
}

/// What a container that is used again was the last time; none where it never ran.
std::optional<container::ContainerSpec> last_run_of(const db::Store& store,
                                                    const std::optional<db::Container>& reused) {
    if (!reused || !reused->last_run) return std::nullopt;
    return read_spec(store.layout(), *reused, false);
}

/// For which machine its programs were then; nullptr where that is not known.
const container::Architecture* architecture_of(
    const db::Store& store, const std::string& id,
    const std::optional<container::ContainerSpec>& last) {
    if (!last) return nullptr;
    return architecture_of_last_run(*last, db::ContainerDirectory(store.layout().container(id)));
}

}  // namespace

NetworkRequest Plan::network_of(db::Store& store, const Request& request) {
    return complete(request.network, last_run_of(store, find_reused(store, request)));
}

Plan Plan::make(db::Store& store, const Request& request) {
    check_request(request);
    Plan plan;
    plan.store_ = &store;
    std::optional<db::Container> reused = find_reused(store, request);
    std::optional<db::ContainerDirectory> directory;
    const RootSource root = reused ? root_of(store, *reused) : find_root(store, request.root);
    if (request.direct) check_direct(root);
    plan.lower_ = root.lower;
    plan.keep_ = !request.remove && (request.keep || request.background || !request.reuse.empty() ||
                                     (is_of_images(root) && !request.direct));

    const std::string id = reused ? reused->id : db::new_container_id();
    const auto last = last_run_of(store, reused);
    const container::Architecture* last_machine = architecture_of(store, id, last);
    const container::Architecture& machine = machine_architecture(request, root, last_machine);
    NetworkChoice network = choose_network(store, complete(request.network, last));
    plan.spec_ = make_spec(request, network, root, id, reused ? reused->name : request.name);
    plan.joined_network_ = std::move(network.joined);
    if (reused)
        directory.emplace(store.layout().container(id));
    else if (!request.reuse.empty())
        directory.emplace(open_container_directory(request.reuse));
    plan.spec_.process = make_process(request, root, directory ? changes_in(*directory) : "");
    add_confinement(plan.spec_, request, machine);
    const bool has_network = plan.spec_.linux.namespaces & CLONE_NEWNET && !plan.joined_network_;
    add_emulator(plan.spec_, choose_emulator(request, root, last_machine), has_network);
    plan.filter_ = container::compile_filter_of(plan.spec_);
    std::optional<X11> x11;
    if (request.x11) x11 = X11::of_caller();
    if (x11) x11->add_to(plan.spec_);
    // Inside the host's own root lies the store with every image and container: not for the
    // command.
    if (root.kind == RootKind::kHost && !request.privileged)
        plan.spec_.linux.masked_paths.push_back(store.layout().base());

    plan.claim(request, root, std::move(reused), std::move(directory));
    plan.lease();
    if (x11) x11->add_cookies(plan.spec_, *plan.directory_);
    if (request.machine) plan.move_into(request.machine, machine);
    return plan;
}

Plan Plan::again(db::Store& store, const db::Container& container) {
    Plan plan;
    plan.store_ = &store;
    plan.spec_ = read_spec(store.layout(), container);
    plan.spec_.linux.rootless = !fs::in_first_user_namespace();
    if (auto& emulator = plan.spec_.linux.emulator) emulator = renewed(*emulator);
    add_emulator(plan.spec_, plan.spec_.linux.emulator, false);
    const RootSource root = root_of(store, container);
    plan.lower_ = root.lower;
    if (plan.spec_.overlay) plan.spec_.overlay->lower = root.lower;
    plan.filter_ = container::compile_filter_of(plan.spec_);
    plan.keep_ = true;
    plan.renew_network(store);
    plan.claim({}, root, container, db::ContainerDirectory(store.layout().container(container.id)));
    plan.lease();
    return plan;
}

void Plan::move_into(const MachineRequest& request, const container::Architecture& machine) {
    move_into_machine(spec_, request, machine_name(machine), *directory_);
    filter_ = container::compile_filter_of(spec_);
}

void Plan::renew_network(db::Store& store) {
    if (!spec_.linux.network) return;
    NetworkChoice choice = choose_network(store, request_of(spec_));
    for (container::Mount& mount : spec_.mounts)
        for (const container::Mount& file : choice.files)
            if (mount.type == "bind" && mount.destination == file.destination) mount = file;
    spec_.linux.network = std::move(choice.network);
    joined_network_ = std::move(choice.joined);
}

void Plan::lease() {
    if (!spec_.linux.network) return;
    has_lease_ = spec_.linux.network->kind == container::NetworkKind::kBridge;
    lease_address(*store_, spec_, *directory_);
}

void Plan::set_user_network(std::optional<UserNetwork> network) {
    user_network_ = std::move(network);
    // What listens on the host's loopback only is not behind his bridge.
    if (user_network_ && spec_.linux.network && !spec_.linux.network->resolver.empty())
        spec_.linux.network->resolver = container::kOutsideResolver;
}

NetworkGuard* Plan::start_network() {
    if (!spec_.linux.network || joined_network_) return nullptr;
    network_guard_ =
        NetworkGuard::start(*spec_.linux.network, user_network_ ? &*user_network_ : nullptr);
    return &*network_guard_;
}

void Plan::end_network() {
    if (network_guard_) network_guard_->end();
    network_guard_.reset();
    if (!std::exchange(has_lease_, false)) return;
    try {
        std::optional<db::Store> store;
        if (!store_) store.emplace(db::Store::open(db::Layout::standard(), db::Durability::kFast));
        db::end_lease(store_ ? *store_ : *store, spec_.id);
    } catch (const Error& error) {
        warning("{}, leaving its address to the next container's start", error.what());
    }
}

void Plan::create(const Request& request, const RootSource& root) {
    db::Container made;
    made.id = spec_.id;
    made.name = request.name;
    made.image_id = root.image_id;
    made.root = root.name;
    made.layers = root.layers;
    made.parts = root.parts;
    if (!root.parts.empty()) made.below = root.lower;
    made.command = join(spec_.process.args);
    made.created_at = std::time(nullptr);
    // Hooks may ask about it, and of several images only a row keeps all.
    is_recorded_ = keep_ || !request.is_brief || !request.name.empty() || !request.notes.empty() ||
                   !root.parts.empty();
    if (is_recorded_) {
        lock_ = db::create_container(*store_, made);
        directory_.emplace(store_->layout().container(spec_.id));
    } else {
        const bool leaves_more = !spec_.linux.resources.empty() || spec_.linux.network ||
                                 may_refuse_overlays(store_->layout().base());
        db::BriefContainer brief = db::create_brief_container(
            *store_, made, root.stamp,
            leaves_more ? db::BriefDirectory::kOwn : db::BriefDirectory::kSpare);
        directory_ = std::move(brief.directory);
        lock_ = std::move(brief.lock);
        image_lock_ = std::move(brief.image);
    }
    note_owner_like(directory_->storage(), root);
    container_ = std::move(made);
    made_here_ = true;
}

void Plan::claim(const Request& request, const RootSource& root,
                 std::optional<db::Container> reused,
                 std::optional<db::ContainerDirectory> directory) {
    if (reused) {
        lock_ = db::lock_container(*store_, *reused);
        container_ = std::move(reused);
        is_recorded_ = true;
    } else if (directory) {
        lock_ = FileLock::try_acquire(directory->lock());
        if (!lock_) throw Error("the container in '{}' is running", directory->base.native());
    } else {
        create(request, root);
    }
    if (directory) directory_ = std::move(directory);
    if (spec_.overlay) {
        spec_.overlay->is_volatile = !keep_;
        if (!spec_.overlay->host_submounts)
            spec_.overlay->mount_places = provide_mount_places(store_->layout(), spec_.mounts);
    }
    use_directory(spec_, *directory_, keep_);
    take_notes(request.notes);
    debug("container {} in '{}', {}", db::short_id(spec_.id), directory_->base.native(),
          keep_ ? "stays" : "goes afterwards");
}

void Plan::settle_root() {
    if (auto served = replace_refused_overlay(spec_, *directory_))
        served_root_.emplace(std::move(*served));
}

void Plan::take_notes(const Notes& wanted) {
    Notes notes = made_here_ ? Notes() : read_notes(*directory_);
    if (wanted.memo) notes.memo = wanted.memo;
    if (wanted.start_hook) notes.start_hook = wanted.start_hook;
    if (wanted.stop_hook) notes.stop_hook = wanted.stop_hook;
    if (!wanted.empty()) write_notes(*directory_, notes);
    spec_.hooks = {notes.start_hook.value_or(""), notes.stop_hook.value_or("")};
    spec_.memo = notes.memo.value_or("");
}

Plan::Plan(Plan&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)),
      spec_(std::move(other.spec_)),
      joined_network_(std::move(other.joined_network_)),
      user_network_(std::move(other.user_network_)),
      network_guard_(std::move(other.network_guard_)),
      emulation_(std::move(other.emulation_)),
      has_lease_(std::exchange(other.has_lease_, false)),
      filter_(std::move(other.filter_)),
      lower_(std::move(other.lower_)),
      container_(std::move(other.container_)),
      made_here_(other.made_here_),
      is_recorded_(other.is_recorded_),
      image_lock_(std::move(other.image_lock_)),
      directory_(std::move(other.directory_)),
      lock_(std::move(other.lock_)),
      served_root_(std::move(other.served_root_)),
      keep_(other.keep_) {}

Plan::~Plan() {
    served_root_.reset();
    if (store_ && (has_lease_ || network_guard_)) end_network();
    if (!store_ || !container_ || !lock_ || keep_) return;
    try {
        if (is_recorded_)
            db::remove_container(*store_, *container_, true);
        else
            db::remove_brief_container(*store_, *directory_);
    } catch (const Error& error) {
        warning("{}, leaving the container '{}' to 'marten rm'", error.what(),
                db::short_id(container_->id));
    }
}

void Plan::drop() {
    if (made_here_) keep_ = false;
}

void Plan::tidy() {
    if (container_ && !is_recorded_) db::tidy_brief_container(*store_, *directory_);
}

container::ForeignPrograms Plan::start_emulation() {
    if (!spec_.linux.emulator) return {};
    emulation_.emplace(*spec_.linux.emulator, spec_.linux.namespaces & CLONE_NEWUSER);
    return emulation_->programs();
}

void Plan::started(pid_t pid) {
    if (!container_) return;
    if (!is_recorded_) {
        db::record_brief_container(*store_, *container_, *directory_);
        use_directory(spec_, *directory_, keep_);
        is_recorded_ = true;
        image_lock_.reset();
    }
    db::record_start(*directory_, pid);
    replace_file(directory_->spec(), container::to_oci_json(spec_, container::SeccompDetail::kNone),
                 0600);
}

void Plan::ended(int exit_status) {
    served_root_.reset();
    if (container_ && keep_) db::record_end(*directory_, exit_status);
    emulation_.reset();
    end_network();
}

}  // namespace mincs::run
