// See make_bundle.hh. The order is the story: commands run in containers and the tracer notes the
// paths they name (session); the closure adds what those files need, the rules what no trace can
// see (collector); the files become a squashfs image (pack), in which the commands must do the same
// once more (proof); and the image becomes a file that runs itself (bundle).
#include "tools/polecat/make_bundle.hh"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"
#include "librun/command.hh"
#include "librun/ordinary_user.hh"
#include "tools/polecat/command_words.hh"
#include "tools/polecat/first_files.hh"
#include "tools/polecat/output.hh"
#include "tools/polecat/pack.hh"
#include "tools/polecat/proof.hh"
#include "tools/polecat/report.hh"
#include "tools/polecat/script.hh"
#include "tools/polecat/session.hh"
#include "tools/polecat/trace_file.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

namespace stdfs = std::filesystem;

std::optional<std::int64_t> source_date_epoch() {
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (!text || !*text) return std::nullopt;
    return parse_number(text, "SOURCE_DATE_EPOCH, in seconds,", 0, UINT32_MAX);
}

Metadata make_metadata(const Session& session, const Options& options,
                       const std::vector<std::string>& command) {
    const container::Process& process = session.plan().spec().process;
    Metadata metadata;
    metadata.polecat = MINCS_VERSION;
    metadata.args = command;
    const std::string& program = command.front();
    metadata.name = program.substr(program.rfind('/') + 1);
    // Seen from wherever the bundle will run.
    if (session.is_host() && program.find('/') != std::string::npos)
        metadata.args.front() = stdfs::absolute(metadata.args.front()).lexically_normal();
    for (const std::string& variable : session.spec().process.env)
        if (!variable.starts_with("TERM=")) metadata.env.push_back(variable);
    metadata.cwd = options.cwd.empty() ? process.cwd : options.cwd;
    metadata.shows_cwd = options.cwd.empty();
    metadata.shows_home = options.home;
    metadata.no_network = options.no_network;
    metadata.x11 = options.x11;
    metadata.wayland = options.wayland;
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

/// Processors this process may use; not those of the machine, of which a container may have one.
unsigned processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == -1) return 1;
    return static_cast<unsigned>(std::clamp(CPU_COUNT(&set), 1, 16));
}

/// A budget is for what starts by itself, and --comp xz for who wants it small.
Plain plain_of(const Options& options) {
    if (options.fast) return Plain::kAll;
    const bool is_bundle =
        options.format == BundleFormat::kShell || options.format == BundleFormat::kElf;
    return is_bundle && options.compression == PackCompression::kZstd ? Plain::kWithinBudget
                                                                      : Plain::kNone;
}

void tell_end(const TracedRun& traced, bool only_one) {
    const std::string which =
        only_one ? "the command" : "'" + printable(traced.command.back()) + "'";
    if (traced.stopped)
        write_log_line("", which + " was stopped as its time is up");
    else if (traced.status != 0)
        warning("{} ended with status {}, packing what it used", which, traced.status);
}

void tell_left_out(const Closure& closure) {
    for (const LeftOut& left_out : closure.left_out())
        if (left_out.why.starts_with("it "))
            warning("'{}' is left out: {}; --include takes it all the same",
                    printable(left_out.path), left_out.why);
    for (const std::string& missing : closure.missing_libraries())
        debug("no library {}", printable(missing));
}

/// What is to be run, of all that the options and the script name.
struct Work {
    std::vector<std::string> command;  ///< the bundle's; may be empty for `polecat trace`
    std::vector<std::vector<std::string>> others;  ///< --run
    std::vector<std::string> mkdirs;
};

Work plan_work(Session& session, const Options& options) {
    Work work;
    Script script;
    if (!options.script.empty()) script = run_script(session, options.script);
    work.mkdirs = script.mkdirs;
    if (!options.command.empty())
        work.command = session.command();
    else if (!script.command.empty())
        work.command = session.words_of(script.command);
    else if (!options.script.empty() && options.runs.empty())
        throw Error("the script '{}' sets no COMMAND", printable(options.script));
    if (work.command.empty() && options.action != Action::kTrace)
        throw UsageError("COMMAND is missing").with_hint("polecat [OPTIONS] ROOT COMMAND [ARG...]");
    for (const std::string& text : options.runs) work.others.push_back(session.words_of(text));
    return work;
}

/// The bundle's own command reads the caller's stdin; the others have nothing to read.
std::vector<RecordedRun> trace_all(Session& session, const Work& work) {
    std::vector<RecordedRun> runs;
    const bool only_one = work.others.empty();
    if (!work.command.empty()) {
        runs.push_back(session.trace(work.command, true));
        tell_end(runs.back().run, only_one);
    }
    for (const std::vector<std::string>& command : work.others) {
        debug("tracing '{}'", printable(command.back()));
        runs.push_back(session.trace(command, false));
        tell_end(runs.back().run, only_one);
    }
    for (const RecordedRun& run : runs) debug("the command named {} paths", run.run.trace.size());
    return runs;
}

std::vector<RecordedRun> read_traces(const std::vector<std::string>& paths) {
    std::vector<RecordedRun> runs;
    for (const std::string& path : paths)
        for (TracedRun& traced : decode_traces(read_file(path, kMaxTraceFile), path)) {
            RecordedRun run;
            run.run = std::move(traced);
            run.from_file = true;
            runs.push_back(std::move(run));
        }
    return runs;
}

std::vector<TracedRun> traced_runs(const std::vector<RecordedRun>& runs) {
    std::vector<TracedRun> traced;
    for (const RecordedRun& run : runs) traced.push_back(run.run);
    return traced;
}

/// The command itself is packed also where no trace has it.
void add_command(const Session& session, const std::vector<std::string>& command,
                 Collector& collector) {
    TracedRun named;
    for (const std::string& path : session.programs_named(command.front())) {
        named.trace[path] = {kExecute | kFollow, true, false, ""};
        if (stat_regular(collector.root(), path)) break;  // as execvp(3)
    }
    collector.add(named);
}

/// Of the paths that execvp(3) tries, the first one that is there; empty: none.
std::string program_path(const Session& session, const fs::RootDir& root, const std::string& name) {
    for (const std::string& path : session.programs_named(name))
        if (stat_regular(root, path)) return path;
    return {};
}

void tell_proof(const Proof& proof, const std::string& output) {
    for (const std::string& path : proof.added) debug("proof added '{}'", printable(path));
    constexpr std::size_t kShown = 10;
    for (const ProvenRun& run : proof.runs) {
        const std::string which = printable(run.command.front());
        if (run.result == ProvenRun::Result::kImpossible)
            warning("'{}' cannot be run again on the packed files: {}", which, run.why);
        for (std::size_t i = 0; i < std::min(run.differences.size(), kShown); ++i)
            warning("proof of '{}': {}", which, run.differences[i]);
        if (run.differences.size() > kShown)
            warning("proof of '{}': {} more differences, see --report", which,
                    run.differences.size() - kShown);
    }
    if (!proof.holds()) warning("'{}' is written, but not proven to be whole", printable(output));
}

}  // namespace

int make_trace(const Options& options) {
    run::become_root_if_ordinary_user();
    check_output(options);
    db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFast);
    Session session(store, options);
    const std::vector<TracedRun> runs =
        traced_runs(trace_all(session, plan_work(session, options)));
    write_file_atomic(options.output, encode_traces(runs));
    std::size_t paths = 0;
    for (const TracedRun& run : runs) paths += run.trace.size();
    write_log_line("", fmt::format("'{}': {} {}, {} paths", printable(options.output), runs.size(),
                                   runs.size() == 1 ? "run" : "runs", paths));
    return 0;
}

int make_bundle(const Options& options) {
    run::become_root_if_ordinary_user();
    check_output(options);
    PackOptions pack_options;
    pack_options.threads = processors();
    pack_options.source_date_epoch = source_date_epoch();
    pack_options.compression = options.compression;
    pack_options.block_size = options.block_size;
    pack_options.plain = plain_of(options);
    std::vector<RecordedRun> runs = read_traces(options.traces);

    db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFast);
    Session session(store, options);
    const Work work = plan_work(session, options);
    if (options.action == Action::kBundle) {
        std::vector<RecordedRun> traced = trace_all(session, work);
        runs.insert(runs.begin(), std::make_move_iterator(traced.begin()),
                    std::make_move_iterator(traced.end()));
    }

    const fs::RootDir root = session.open_root();
    Collector collector(root, options, session.spec().process.env, session.hidden());
    if (options.action == Action::kPack) add_command(session, work.command, collector);
    for (const RecordedRun& run : runs) collector.add(run.run);
    for (const std::string& directory : work.mkdirs) collector.add_directory(directory);
    collector.complete();
    debug("{} files with what they need and what the rules say",
          collector.closure().files().size());
    tell_left_out(collector.closure());

    Metadata metadata = make_metadata(session, options, work.command);
    pack_options.opened = opened_files(collector.closure(), traced_runs(runs));
    metadata.first =
        first_files(root, collector.closure(), program_path(session, root, work.command.front()),
                    pack_options.opened);
    pack_options.first = metadata.first;
    pack_options.budget = start_budget(options, metadata);
    Files files;
    PackResult packed;
    const auto pack_image = [&] {
        files = collector.files();
        Fd image = make_image_file(options.output);
        packed = pack(root, files, pack_options, image.get());
        return image;
    };
    Fd image = pack_image();
    std::optional<Proof> proof;
    if (options.verify) {
        Session::unshare_mounts();
        proof = prove(session, runs, collector, pack_image, image);
    }
    const std::uint64_t size =
        write_output(options, image.get(), packed, metadata, pack_options.source_date_epoch);
    if (!options.report.empty())
        write_file_atomic(options.report,
                          make_report(traced_runs(runs), files, collector.closure(), proof));
    if (proof) tell_proof(*proof, options.output);
    write_log_line("", fmt::format("'{}': {} files, {}{}", printable(options.output), files.size(),
                                   format_size(static_cast<std::int64_t>(size)),
                                   proof ? "; " + proof->summary() : ""));
    return proof && !proof->holds() ? kNotProven : 0;
}

}  // namespace mincs::polecat
