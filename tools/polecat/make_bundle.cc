// See make_bundle.hh. The order is the story: the command runs in a container and the tracer notes
// the paths it names (traced_run); the closure adds what those files need (closure), the rules what
// no trace can see (rules); the files become a squashfs image (pack) and the image a file that runs
// itself (bundle).
#include "tools/polecat/make_bundle.hh"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "libcore/fs/overlay.hh"
#include "librun/command.hh"
#include "librun/plan.hh"
#include "tools/polecat/embedded.hh"
#include "tools/polecat/glob.hh"
#include "tools/polecat/pack.hh"
#include "tools/polecat/rules.hh"
#include "tools/polecat/traced_run.hh"
#include "tools/polecat/tree.hh"
#include "tools/polecat/working_directory.hh"

namespace mincs::polecat {
namespace {

namespace stdfs = std::filesystem;
using Environment = std::map<std::string, std::string>;

bool is_host(const Options& options) {
    return options.root == "host";
}

Environment to_map(const std::vector<std::string>& variables) {
    Environment map;
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string::npos)
            map[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
    return map;
}

std::string value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

std::optional<std::int64_t> source_date_epoch() {
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (!text || !*text) return std::nullopt;
    return parse_number(text, "SOURCE_DATE_EPOCH, in seconds,", 0, UINT32_MAX);
}

/// The spec of the traced run: the plan's, and the caller's directory as it will be when the bundle
/// runs.
container::ContainerSpec spec_to_trace(const run::Plan& plan, const Options& options) {
    container::ContainerSpec spec = plan.spec();
    const auto shown = is_host(options) ? std::nullopt : shown_working_directory();
    if (!shown) return spec;
    spec.mounts.push_back({*shown, "bind", *shown, {"rbind", "nosuid", "nodev"}});
    spec.process.cwd = *shown;
    return spec;
}

/// The root as it was before the run. The host's own is read in place, with what is mounted below.
fs::RootDir open_root(const run::Plan& plan, const Options& options) {
    if (is_host(options)) return fs::RootDir::open("/");
    return fs::open_merged(plan.lower(), "'" + options.root + "'");
}

/// What the run saw under these is not the root's.
std::vector<std::string> hidden_directories(const container::ContainerSpec& spec,
                                            const Options& options) {
    std::vector<std::string> hidden;
    for (const container::Mount& mount : spec.mounts)
        if (mount.type == "bind" && mount.destination != "/etc/hosts" &&
            mount.destination != "/etc/resolv.conf")
            hidden.push_back(mount.destination);
    if (is_host(options)) hidden.push_back(db::Layout::standard().base());
    return hidden;
}

ClosureOptions closure_options(const container::ContainerSpec& spec, const Options& options,
                               const Rules& rules) {
    const Environment environment = to_map(spec.process.env);
    ClosureOptions result;
    result.search_path = split_path_list(value_of(environment, "PATH"));
    result.ld_library_path = value_of(environment, "LD_LIBRARY_PATH");
    result.hidden = hidden_directories(spec, options);
    result.veto = [&rules, &options](const std::string& path, const fs::RootDir& root) {
        const auto& named = options.include;
        if (std::find(named.begin(), named.end(), path) != named.end()) return std::string();
        for (const std::string& pattern : options.exclude)
            if (matches(pattern, path)) return std::string("--exclude");
        return why_secret(rules, root, path);
    };
    return result;
}

std::string why_touched(unsigned uses) {
    if (uses & kExecute) return "executed";
    if (uses & kOpen) return "opened";
    if (uses & kEnter) return "entered";
    return uses & (kChange | kCreate) ? "changed" : "looked at";
}

/// Programs first, so that a library is asked for its own libraries in the name of the program that
/// loads it.
void add_traced(const Trace& trace, Closure& closure) {
    for (const bool programs : {true, false})
        for (const auto& [path, touch] : trace) {
            if (programs != ((touch.uses & kExecute) != 0)) continue;
            closure.add(path, why_touched(touch.uses),
                        touch.uses & kFollow ? Closure::Links::kFollow : Closure::Links::kKeep);
            // What is to be made needs the directory it is made in.
            if (touch.uses & kCreate)
                closure.add(path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)),
                            "something was made in it");
        }
}

void add_included(const fs::RootDir& root, const Options& options, Closure& closure) {
    for (const std::string& pattern : options.include) {
        const std::vector<std::string> paths = glob(root, pattern);
        if (paths.empty()) warning("--include '{}' matches nothing, ignoring", printable(pattern));
        for (const std::string& path : paths) closure.add(path, "--include " + pattern);
    }
}

/// The closure's files less the excluded ones, plus the directories that every container has.
Files files_to_pack(const Closure& closure, const Options& options) {
    Files files = closure.files();
    std::erase_if(files, [&](const auto& entry) {
        return entry.first != "/" && std::any_of(options.exclude.begin(), options.exclude.end(),
                                                 [&](const std::string& pattern) {
                                                     return matches(pattern, entry.first);
                                                 });
    });
    for (const char* directory : {"/dev", "/proc", "/sys", "/tmp"}) {
        if (files.contains(directory)) continue;
        File file;
        file.info = files.at("/").info;
        file.info.st_mode = S_IFDIR | (directory == std::string_view("/tmp") ? 01777 : 0755);
        file.info.st_ino = 0;  // no hard link of anything
        file.why = "every container has it";
        files[directory] = file;
    }
    return files;
}

void tell_left_out(const Closure& closure) {
    for (const LeftOut& left_out : closure.left_out())
        if (left_out.why.starts_with("it "))
            warning("'{}' is left out: {}; --include takes it all the same",
                    printable(left_out.path), left_out.why);
    for (const std::string& missing : closure.missing_libraries())
        debug("no library {}", printable(missing));
}

/// One line a file: path, bytes, why; then what is not in, and the look-ups that failed.
void write_report(const Options& options, const Files& files, const Closure& closure,
                  const Trace& trace) {
    std::string text;
    for (const auto& [path, file] : files)
        text +=
            fmt::format("{}\t{}\t{}\n", printable(path), file.info.st_size, printable(file.why));
    for (const LeftOut& left_out : closure.left_out())
        text += fmt::format("{}\tleft out\t{}\n", printable(left_out.path), left_out.why);
    for (const std::string& missing : closure.missing_libraries())
        text += fmt::format("{}\tmissing library\t\n", printable(missing));
    for (const auto& [path, touch] : trace)
        if (!touch.existed)
            text += fmt::format("{}\tnot there\t{}\n", printable(path), why_touched(touch.uses));
    write_file_atomic(options.report, text);
}

/// What of the traced command's environment is said for every later run. The host's own environment
/// is the caller's, with whatever secrets are in it: of that only what programs are found by.
std::vector<std::string> recorded_environment(const container::ContainerSpec& spec, bool host) {
    constexpr std::string_view kOfHost[] = {"PATH",    "HOME", "SHELL",    "USER",
                                            "LOGNAME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH"};
    std::vector<std::string> variables;
    for (const std::string& variable : spec.process.env) {
        const std::string name = variable.substr(0, variable.find('='));
        const bool known =
            name.starts_with("LC_") ||
            std::find(std::begin(kOfHost), std::end(kOfHost), name) != std::end(kOfHost);
        if (host ? known : name != "TERM") variables.push_back(variable);
    }
    return variables;
}

Metadata make_metadata(const run::Plan& plan, const container::ContainerSpec& traced,
                       const Options& options) {
    const container::Process& process = plan.spec().process;
    Metadata metadata;
    metadata.polecat = MINCS_VERSION;
    metadata.args = process.args;
    const std::string& program = options.command.front();
    metadata.name = program.substr(program.rfind('/') + 1);
    // Seen from wherever the bundle will run.
    if (is_host(options) && program.find('/') != std::string::npos)
        metadata.args.front() = stdfs::absolute(metadata.args.front()).lexically_normal();
    metadata.env = recorded_environment(traced, is_host(options));
    metadata.cwd = process.cwd;
    metadata.uid = process.user.uid;
    metadata.gid = process.user.gid;
    metadata.additional_gids = process.user.additional_gids;
    metadata.capabilities = process.capabilities;
    for (const std::string& bind : options.binds) {
        const container::Mount mount = run::parse_bind(bind);
        const auto& wishes = mount.options;
        metadata.binds.push_back({mount.source, mount.destination,
                                  std::find(wishes.begin(), wishes.end(), "ro") != wishes.end()});
    }
    return metadata;
}

/// A nameless file in the directory of the output, where there is room for the image if there is
/// for the bundle.
Fd make_image_file(const std::string& output) {
    std::string name = output + ".image.XXXXXX";
    Fd fd(
        check(mkostemp(name.data(), O_CLOEXEC), "creating a file beside '{}'", printable(output)));
    check(unlink(name.c_str()), "removing '{}'", printable(name));
    return fd;
}

/// Before a long run: can the file be written at all?
void check_output(const std::string& output) {
    if (stdfs::is_directory(output))
        throw Error("writing '{}': it is a directory", printable(output));
    make_image_file(output);
}

void tell_end(const TracedRun& traced) {
    if (traced.stopped)
        write_log_line("", "the command was stopped as its time is up");
    else if (traced.status != 0)
        warning("the command ended with status {}, packing what it used", traced.status);
}

}  // namespace

int make_bundle(const Options& options) {
    if (geteuid() != 0)
        throw Error("tracing as an ordinary user: polecat needs root for mounts and namespaces")
            .with_hint("run it with sudo");
    check_output(options.output);
    PackOptions pack_options;
    pack_options.threads = static_cast<unsigned>(std::clamp(get_nprocs(), 1, 16));
    pack_options.source_date_epoch = source_date_epoch();

    db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFast);
    run::Request request;
    request.root = options.root;
    request.command = options.command;
    request.binds = options.binds;
    request.remove = true;
    request.host_sockets = true;  // as the bundle will
    request.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    run::Plan plan = run::Plan::make(store, request);
    const container::ContainerSpec spec = spec_to_trace(plan, options);
    const TracedRun traced = run_traced(plan, spec, options.timeout);
    tell_end(traced);
    debug("the command named {} paths", traced.trace.size());

    const fs::RootDir root = open_root(plan, options);
    const Rules rules = Rules::built_in();
    Closure closure(root, closure_options(spec, options, rules));
    add_traced(traced.trace, closure);
    debug("with what they need: {} files", closure.files().size());
    add_included(root, options, closure);
    apply_rules(rules, root, to_map(spec.process.env), closure);
    debug("with what the rules say: {} files", closure.files().size());
    tell_left_out(closure);

    const Files files = files_to_pack(closure, options);
    const Fd image = make_image_file(options.output);
    const PackResult packed = pack(root, files, pack_options, image.get());
    const std::uint64_t size = write_bundle(
        options.output,
        {options.format, embedded_runner(), image.get(), make_metadata(plan, spec, options)});
    if (!options.report.empty()) write_report(options, files, closure, traced.trace);
    write_log_line("", fmt::format("'{}': {} files, {}", printable(options.output), packed.entries,
                                   format_size(static_cast<std::int64_t>(size))));
    return 0;
}

}  // namespace mincs::polecat
