// marten cp: files between this machine and a container, which runs or not, as docker has it. Both
// sides are always a tar: one of them is written by layer_pack or read from stdin, the other one
// unpacked by unpack_copy or written to stdout.
#include <unistd.h>

#include <exception>
#include <thread>

#include "db/mounts.hh"
#include "libcore/base/log.hh"
#include "libcore/container/user_namespace.hh"
#include "libcore/fs/merged.hh"
#include "libcore/layer/layer_pack.hh"
#include "libcore/layer/unpack_copy.hh"
#include "libimage/output_file.hh"
#include "librun/ordinary_user.hh"
#include "librun/private_root.hh"
#include "librun/spec_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/cp_places.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

namespace stdfs = std::filesystem;

/// A container's root and what keeps it from being changed or removed meanwhile.
struct ContainerView {
    fs::RootDir root;
    bool is_live = false;  ///< processes, or somebody at its mount, may be changing it
    std::optional<ContainerHold> hold = {};
    std::optional<FileLock> lock = {};
};

/// The root as the container's own processes see it, with all that is mounted there; of a machine,
/// the one that its guest shares.
ContainerView view_of_running(const db::Store& store, const RunningContainer& running) {
    const auto spec = run::read_spec(store.layout(), running.container, false);
    const VisibleProcess process = visible_process(running, spec);
    if (geteuid() != 0) container::join_user_namespace(process.pidfd.get());
    const std::string path = fmt::format("/proc/{}/root", process.pid);
    Fd root(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root || !mincs::send_signal(process.pidfd, 0))
        throw Error("the container '{}' has ended meanwhile", label_of(running.container));
    fs::RootDir view(std::move(root), label_of(running.container));
    if (spec.machine_room) view = view.subtree(spec.machine_room->root_at);
    return {std::move(view), true};
}

enum class Use { kRead, kWrite };

ContainerView open_view(db::Store& store, const std::string& typed, Use use) {
    const db::Container container = db::get_container(store, typed);
    if (const auto running = find_running(store, container))
        return view_of_running(store, *running);
    run::become_root_if_ordinary_user();
    if (db::is_mounted(store, container.id))
        return {fs::RootDir::open(store.layout().mount(container.id)), true};
    if (use == Use::kRead) {
        std::optional<ContainerHold> hold(std::in_place, store, container);
        fs::RootDir root = open_root(store, *hold);
        return {std::move(root), hold->is_live(), std::move(hold)};
    }
    FileLock lock = db::lock_container(store, container);
    const db::ContainerDirectory directory(store.layout().container(container.id));
    if (has_copy(store, container))
        return {fs::RootDir::open(directory.copy()), false, {}, std::move(lock)};
    run::settle_served_storage(directory);
    Fd root = fs::mount_merged(
        {directories_below(store, container), directory.storage(), directory.work(), false});
    return {fs::RootDir(std::move(root), label_of(container)), false, {}, std::move(lock)};
}

/// This machine's own tree, and a path in it.
fs::RootDir open_host() {
    return {fs::RootDir::open("/").open_at(".", O_PATH | O_DIRECTORY), "the host"};
}
std::string host_path(const std::string& typed) {
    return stdfs::current_path() / typed;  // an absolute one stands alone
}

bool is_root_of(const fs::RootDir& tree, const fs::RootDir& root) {
    struct stat one, other;
    check(fstat(tree.fd(), &one), "looking at {}", tree.name());
    check(fstat(root.fd(), &other), "looking at {}", root.name());
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

using Produce = std::function<void(const layer::TarSink&)>;

/// A tar from a tree.
Produce packing(const CpSource& source, layer::PackOptions pack, std::string called) {
    pack.is_merged = true;
    pack.is_plain = true;
    pack.only = source.name;
    pack.only_as = std::move(called);
    return [&source, pack](const layer::TarSink& sink) {
        const auto packed = layer::write_layer_tar(source.tree, sink, pack);
        if (packed.changed > 0)
            warning("{} files vanished or shrank while they were read, ignoring", packed.changed);
    };
}

void read_stdin(const layer::TarSink& sink) {
    std::string buffer(256 << 10, '\0');
    while (true) {
        const ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got == -1 && errno == EINTR) continue;
        check(got, "reading stdin");
        if (got == 0) return;
        sink(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    }
}

/// What is copied into a container is root's there unless -a; of attributes only a file's
/// capabilities come along, which are worth no more than the container's own.
bool adjust_inwards(layer::TarEntry& entry, bool archive) {
    if (archive) return true;
    entry.uid = entry.gid = 0;
    std::erase_if(entry.xattrs,
                  [](const layer::Xattr& it) { return it.name != "security.capability"; });
    return true;
}

/// What comes out becomes the caller's unless -a, and so carries no powers that the container gave
/// it.
bool adjust_outwards(layer::TarEntry& entry, bool archive) {
    if (archive) return true;
    entry.uid = geteuid();
    entry.gid = getegid();
    entry.mode &= ~06000u;
    entry.xattrs.clear();
    return true;
}

/// A device node on the host would be the device itself, whoever made it.
bool is_device(const layer::TarEntry& entry) {
    return entry.type == layer::EntryType::kCharDevice ||
           entry.type == layer::EntryType::kBlockDevice;
}

/// Runs both ends at once. Whichever fails first is what is thrown.
void stream(const Produce& produce, const layer::CopyTarget& target, const StopSignals& stop) {
    layer::ByteQueue queue;
    std::exception_ptr unpacking, packing;
    std::thread unpacker([&] {
        try {
            layer::unpack_copy([&] { return queue.pull(); }, target);
        } catch (const std::exception& error) {
            unpacking = std::current_exception();
            queue.fail(error.what());
        }
    });
    bool unpacker_failed_first = false;
    try {
        produce([&](std::string_view bytes) {
            stop.check();
            try {
                queue.push(bytes);
            } catch (...) {
                unpacker_failed_first = true;
                throw;
            }
        });
        queue.close();
    } catch (const std::exception& error) {
        packing = std::current_exception();
        queue.fail(error.what());
    }
    unpacker.join();
    if (packing && !unpacker_failed_first) std::rethrow_exception(packing);
    if (unpacking) std::rethrow_exception(unpacking);
}

void copy_out(const CpOptions& options, const CpSide& from, const CpSide& to,
              const StopSignals& stop) {
    db::Store store = open_for_asking();
    const ContainerView view = open_view(store, from.container, Use::kRead);
    const CpSource source = find_cp_source(view.root, from.path, options.follow);
    layer::PackOptions pack;
    pack.live = view.is_live;
    // What the kernel shows there is no file of the container's.
    if (source.name.empty() && is_root_of(source.tree, view.root))
        pack.exclude = {"proc/*", "sys/*", "dev/*"};
    if (to.is_stream()) {
        image::OutputFile output("-");
        packing(source, pack, source.called)([&](std::string_view bytes) {
            stop.check();
            output.write(bytes);
        });
        output.commit();
    } else {
        const CpDestination target =
            find_cp_destination(open_host(), host_path(to.path), source, LinksBelow::kConfined);
        const auto adjust = [&](layer::TarEntry& entry) {
            if (is_device(entry)) warning("'{}' is a device, ignoring", printable(entry.path));
            return !is_device(entry) && adjust_outwards(entry, options.archive);
        };
        stream(packing(source, pack, target.called), {target.root, target.directory, adjust}, stop);
    }
    if (view.hold) view.hold->check_still_there();
}

void copy_in(const CpOptions& options, const CpSide& from, const CpSide& to,
             const StopSignals& stop) {
    db::Store store = open_for_asking();
    const ContainerView view = open_view(store, to.container, Use::kWrite);
    const auto adjust = [&](layer::TarEntry& entry) {
        if (is_device(entry)) warning("'{}' is a device, ignoring", printable(entry.path));
        return !is_device(entry) && adjust_inwards(entry, options.archive);
    };
    if (from.is_stream()) {
        view.root.open_at(to.path, O_PATH | O_DIRECTORY);
        return stream(read_stdin, {view.root, to.path, adjust}, stop);
    }
    const CpSource source = find_cp_source(open_host(), host_path(from.path), options.follow);
    const CpDestination target =
        find_cp_destination(view.root, to.path, source, LinksBelow::kFollowed);
    stream(packing(source, {}, target.called), {target.root, target.directory, adjust}, stop);
}

}  // namespace

void execute(const CpOptions& options, const StopSignals& stop) {
    const CpSide from = parse_cp_side(options.source), to = parse_cp_side(options.destination);
    if (from.container.empty() == to.container.empty())
        throw UsageError("{}", from.container.empty()
                                   ? "neither side is in a container"
                                   : "copying from one container to another: one side must be here")
            .with_hint("'marten cp CONTAINER:PATH DEST' or 'marten cp SOURCE CONTAINER:PATH'");
    if (to.container.empty())
        copy_out(options, from, to, stop);
    else
        copy_in(options, from, to, stop);
}

}  // namespace mincs::marten
