// See session.hh.
#include "tools/polecat/session.hh"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "db/layout.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/fs/merged.hh"
#include "libcore/fs/mount.hh"
#include "librun/private_root.hh"
#include "tools/polecat/command_words.hh"
#include "tools/polecat/elf_file.hh"
#include "tools/polecat/tree.hh"
#include "tools/polecat/working_directory.hh"

namespace mincs::polecat {
namespace {

namespace stdfs = std::filesystem;
using std::chrono::steady_clock;

/// A run that is repeated may take so much longer than the first one.
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMaxCaptured = 1u << 20;

run::Request request_for(const Options& options) {
    run::Request request;
    request.root = options.root;
    request.command = options.command;
    request.binds = options.binds;
    request.remove = true;
    request.is_brief = false;     // several runs have its directory
    request.host_sockets = true;  // as the bundle will
    request.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return request;
}

/// A bundle says its environment to whoever runs it. The host's own is the caller's, with whatever
/// secrets are in it: of that only what programs are found by; and as the bundle will have no more,
/// neither has the traced run.
std::vector<std::string> without_secrets(const std::vector<std::string>& environment) {
    constexpr std::string_view kKept[] = {"PATH",    "HOME", "SHELL",    "USER",           "TERM",
                                          "LOGNAME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH"};
    std::vector<std::string> kept;
    for (const std::string& variable : environment) {
        const std::string name = variable.substr(0, variable.find('='));
        if (name.starts_with("LC_") ||
            std::find(std::begin(kKept), std::end(kKept), name) != std::end(kKept))
            kept.push_back(variable);
    }
    return kept;
}

void make_like(const std::string& directory, const std::string& model) {
    struct stat info;
    check(stat(model.c_str(), &info), "examining '{}'", model);
    check(mkdir(directory.c_str(), 0700), "creating the directory '{}'", directory);
    check(chown(directory.c_str(), info.st_uid, info.st_gid), "setting the owner of '{}'",
          directory);
    check(chmod(directory.c_str(), info.st_mode & 07777), "setting the mode of '{}'", directory);
}

/// What the command shall not change, under an overlay whose changes are in memory and go with it.
/// Mounted in a namespace of this process's own.
class Shield {
 public:
    explicit Shield(std::string place) : place_(std::move(place)) { make_directories(place_); }
    Shield(const Shield&) = delete;
    Shield& operator=(const Shield&) = delete;
    ~Shield() {
        for (const std::string& path : mounted_) umount2(path.c_str(), MNT_DETACH);
        for (const std::string& path : made_) rmdir(path.c_str());
        rmdir(place_.c_str());
    }

    void cover(container::Mount& mount) {
        if (mount.type != "bind") return;
        try {
            mount.source = overlay_of(mount.source);
        } catch (const Error& error) {
            debug("'{}' is shown read-only: {}", mount.source, error.what());
            mount.options.push_back("ro");
        }
    }

 private:
    std::string attach(const Fd& filesystem, const std::string& name) {
        const std::string path = place_ + "/" + name;
        make_directories(path);
        made_.push_back(path);
        const Fd target(
            check(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", path));
        fs::attach_mount(filesystem.get(), target.get(), path);
        mounted_.push_back(path);
        return path;
    }

    std::string overlay_of(const std::string& source) {
        if (!stdfs::is_directory(source)) throw SysError(ENOTDIR, "'{}'", printable(source));
        const std::string number = std::to_string(mounted_.size());
        const std::string memory =
            attach(fs::new_filesystem("tmpfs", {"mode=0700"}, MOUNT_ATTR_NODEV), "memory" + number);
        make_like(memory + "/upper", source);
        make_directories(memory + "/work");
        return attach(fs::mount_merged({{source}, memory + "/upper", memory + "/work", true}),
                      "shown" + number);
    }

    std::string place_;
    std::vector<std::string> mounted_;
    std::vector<std::string> made_;
};

}  // namespace

/// An upper and a work directory, and for an ordinary user, where the kernel refuses the overlay,
/// what takes its place.
class Session::Upper {
 public:
    /// `spec`, whose overlay lacks nothing else, is told.
    Upper(Session& session, const std::string& name, container::ContainerSpec& spec)
        : directory_(session.scratch(name)),
          model_(session.plan_.directory().storage()),
          wanted_(spec),
          warns_(!std::exchange(session.has_warned_, true)) {
        wanted_.overlay->upper = directory_.storage();
        wanted_.overlay->work = directory_.work();
        make();
        spec = made_;
    }
    Upper(const Upper&) = delete;
    Upper& operator=(const Upper&) = delete;
    ~Upper() {
        if (kept_) return;
        try {
            remove_all();
        } catch (const Error& error) {
            warning("{}, ignoring", error.what());  // it goes with the container
        }
    }

    /// As before the run.
    void empty() {
        remove_all();
        make();
    }
    /// From now on `lower`, topmost first, shows what the run did.
    void keep_in(std::vector<std::string>& lower) {
        kept_ = true;
        served_.reset();
        if (made_.overlay)
            lower.insert(lower.begin(), directory_.storage());
        else
            lower = {directory_.copy()};
    }

 private:
    void make() {
        make_directories(directory_.base);
        make_like(directory_.storage(), model_);
        make_directories(directory_.work());
        made_ = wanted_;
        if (auto served = run::replace_refused_overlay(made_, directory_, warns_))
            served_.emplace(std::move(*served));
    }
    void remove_all() {
        served_.reset();
        remove_tree(directory_.base);
    }

    db::ContainerDirectory directory_;
    std::string model_;  // what the merged root's top looks like
    container::ContainerSpec wanted_, made_;
    std::optional<run::ServedRoot> served_;
    bool warns_;
    bool kept_ = false;
};

Session::Session(db::Store& store, const Options& options)
    : options_(options),
      plan_(run::Plan::make(store, request_for(options))),
      spec_(plan_.spec()),
      lower_(plan_.lower()) {
    if (is_host()) spec_.process.env = without_secrets(spec_.process.env);
    const auto shown = is_host() ? std::nullopt : shown_working_directory();
    if (!shown) return;
    spec_.mounts.push_back({*shown, "bind", *shown, {"rbind", "nosuid", "nodev"}});
    spec_.process.cwd = *shown;
}

fs::RootDir Session::open_root() const {
    // The host's own is read in place, with what is mounted below.
    if (is_host() && lower_.size() == 1) return fs::RootDir::open("/");
    return fs::open_merged(lower_, "'" + options_.root + "'");
}

std::vector<std::string> Session::hidden() const {
    std::vector<std::string> hidden;
    for (const container::Mount& mount : spec_.mounts)
        if (mount.type == "bind" && mount.destination != "/etc/hosts" &&
            mount.destination != "/etc/resolv.conf")
            hidden.push_back(mount.destination);
    if (is_host()) hidden.push_back(db::Layout::standard().base());
    return hidden;
}

bool Session::has_shell() const {
    const fs::RootDir root = open_root();
    return stat_regular(root, "/bin/sh").has_value();
}

std::vector<std::string> Session::words_of(const std::string& text) const {
    if (const auto words = plain_words(text)) return *words;
    if (!has_shell())
        throw Error("--run '{}' is for a shell, and '{}' has no '/bin/sh'", printable(text),
                    printable(options_.root));
    return {"/bin/sh", "-c", text};
}

std::vector<std::string> Session::programs_named(const std::string& program) const {
    if (program.starts_with('/')) return {program};
    if (program.find('/') != std::string::npos) return {spec_.process.cwd + "/" + program};
    std::vector<std::string> paths;
    for (const std::string& variable : spec_.process.env)
        if (variable.starts_with("PATH="))
            for (const std::string& directory : split_path_list(variable.substr(5)))
                paths.push_back(directory + "/" + program);
    return paths;
}

container::ContainerSpec Session::spec_for(const std::vector<std::string>& command) const {
    container::ContainerSpec spec = spec_;
    spec.process.args = command;
    spec.overlay->lower = lower_;
    spec.overlay->is_volatile = true;
    return spec;
}

RecordedRun Session::trace(const std::vector<std::string>& command, bool reads) {
    container::ContainerSpec spec = spec_for(command);
    Upper upper(*this, "traced", spec);
    InputRecorder recorder(spec.process.terminal, !reads);
    RunOptions options;
    options.by = trace_by_environment();
    options.timeout = options_.timeout;
    options.filter = plan_.filter();
    options.streams = recorder.streams();
    options.on_typed = [&](std::string_view bytes) { recorder.typed(bytes); };
    options.started = [&](pid_t pid) {
        if (!std::exchange(started_, true)) plan_.started(pid);
        recorder.start();
    };
    options.again = [&] { upper.empty(); };
    const auto began = steady_clock::now();
    RecordedRun result;
    result.run = run_traced(spec, options);
    result.run.hidden = hidden();
    result.run.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
    result.input = recorder.finish();
    result.run.input = RecordedInput::name_of(result.input.kind);
    return result;
}

RecordedRun Session::repeat(const RecordedRun& first, const std::string& root) {
    container::ContainerSpec spec = spec_for(first.run.command);
    if (!root.empty()) {
        spec.overlay->lower = {root};
        spec.overlay->host_submounts = false;
    }
    Shield shield(plan_.directory().base / "shown");
    for (container::Mount& mount : spec.mounts) shield.cover(mount);
    Upper upper(*this, "proof", spec);
    InputReplay replay(first.input);
    RunOptions options;
    options.by = trace_by_environment();
    options.timeout = 2 * first.run.duration + kPatience;
    if (first.run.stopped)
        options.timeout =
            options_.timeout.value_or(std::chrono::ceil<std::chrono::seconds>(first.run.duration));
    options.filter = plan_.filter();
    if (!spec.process.terminal) options.streams = replay.streams();
    options.started = [&](pid_t) { replay.start(); };
    options.again = [&] { upper.empty(); };
    RecordedRun result;
    result.run = run_traced(spec, options);
    return result;
}

void Session::unshare_mounts() {
    check(unshare(CLONE_NEWNS), "making a mount namespace");
    fs::make_all_mounts_private();
}

int Session::install(const std::vector<std::string>& command) {
    container::ContainerSpec spec = spec_for(command);
    spec.overlay->is_volatile = false;
    spec.process.terminal = false;
    Upper upper(*this, "installed", spec);
    auto running = container::RunningContainer::start(spec, {.filter = plan_.filter()});
    const int status = running.wait();
    upper.keep_in(lower_);
    return status;
}

int Session::capture(const std::vector<std::string>& command, std::string& output) {
    container::ContainerSpec spec = spec_for(command);
    spec.process.terminal = false;
    Upper upper(*this, "captured", spec);
    Pipe pipe = Pipe::make();
    const Fd null(check(open("/dev/null", O_RDONLY | O_CLOEXEC), "opening '/dev/null'"));
    container::StartOptions options;
    options.filter = plan_.filter();
    options.streams = {null.get(), pipe.write_end.get(), STDERR_FILENO};
    auto running = container::RunningContainer::start(spec, options);
    pipe.write_end.reset();
    output = read_all(pipe.read_end.get(), kMaxCaptured, "what the command prints");
    return running.wait();
}

}  // namespace mincs::polecat
