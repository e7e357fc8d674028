// See options.hh. This file owns CLI11 for polecat. With prefix_command() ROOT, the first word that
// is no option, ends our options, and all that follows is the command's; but an unknown option
// would do so, too, and "--" stays among the words.
#include "tools/polecat/options.hh"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"

namespace mincs::polecat {
namespace {

constexpr const char* kDescription =
    "Make one file of an application: run COMMAND in a container on ROOT, see which files\n"
    "it uses, and pack them, with all they need, into one executable file.";

constexpr const char* kTraceDescription =
    "The first half: run COMMAND in a container on ROOT and write down which files it uses.";
constexpr const char* kPackDescription =
    "The second half: pack what traces tell, with all that needs, into one executable file\n"
    "that runs COMMAND.";

constexpr const char* kExamples =
    "Examples:\n"
    "  polecat -o top.sh debian top           quit with 'q'; then ./top.sh runs anywhere\n"
    "  polecat -T 5 -o top.sh ./rootdir top   stopped after 5 seconds\n"
    "  polecat -o log.sh debian git log       ./log.sh -3 adds its words: git log -3\n"
    "  polecat --run 'git log -p' --run 'git diff' -o git.sh debian git status\n"
    "  polecat trace -o 1.trace debian git log;  polecat pack --trace 1.trace debian git\n"
    "\n"
    "ROOT is a directory, an image's name or ID, or 'host'. The caller's directory is shown\n"
    "under its own path, now and when the file runs. Exit status: 0; 1 failed; 2 wrong use;\n"
    "3 the file is written, but the commands do something else on the packed files alone.\n"
    "See also: man polecat, minc --help, marten --help.";

constexpr std::int64_t kLongest = 7 * 24 * 3600;

struct Help : CLI::Formatter {
    std::string make_usage(const CLI::App* app, std::string) const override {
        if (app->get_name() == "polecat trace")
            return "Usage: polecat trace [OPTIONS] -o FILE ROOT [COMMAND [ARG...]]\n\n";
        if (app->get_name() == "polecat pack")
            return "Usage: polecat pack [OPTIONS] --trace FILE ROOT COMMAND [ARG...]\n\n";
        return "Usage: polecat [OPTIONS] ROOT COMMAND [ARG...]\n"
               "       polecat trace [OPTIONS] -o FILE ROOT [COMMAND [ARG...]]\n"
               "       polecat pack [OPTIONS] --trace FILE ROOT COMMAND [ARG...]\n"
               "       polecat info|verify|extract FILE\n\n";
    }
};

struct Raw {
    std::string format = "sh";
    std::string compression = "zstd";
    std::string block;
    std::string net = "host";
    std::string timeout;
    bool no_verify = false;
    bool version = false;
};

void declare_tracing(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("--run", options.runs,
                   "trace this command line, too; by the root's shell if it has use for one "
                   "(repeatable)")
        ->option_text("'CMD'")
        ->allow_extra_args(false);
    app.add_option("-s,--script", options.script,
                   "a shell script of COMMAND=, MKDIRS=, RMDIRS= and a function install_command, "
                   "which is run in the root first")
        ->option_text("FILE");
    app.add_option("-T,--timeout", raw.timeout,
                   "stop each command after this time: SIGTERM, SIGKILL 2 s later")
        ->option_text("SECONDS");
}

void declare_packing(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("-f,--format", raw.format,
                   "sh: begins as a shell script (default); elf: is a program, starts faster; "
                   "the files alone as sfs: a squashfs image, tgz: an archive, dir: a directory")
        ->option_text("sh|elf|sfs|tgz|dir");
    app.add_option("--comp", raw.compression,
                   "zstd (default); xz: a tenth smaller, and starts ten times slower")
        ->option_text("zstd|xz");
    app.add_option("--block", raw.block,
                   "compress so much at a time, 4k to 1m (default 128k): more is smaller, and "
                   "slower to read")
        ->option_text("SIZE");
    app.add_flag("--small", options.small,
                 "the smallest file: as --comp xz --block 1m; a start takes 0.1 to 0.3 s more");
    app.add_flag(
        "--fast", options.fast,
        "the shortest start: nothing of the command's program and libraries is compressed, "
        "whatever that takes; by default, what fits into 3 MB or half as much again");
    app.add_flag("--home", options.home,
                 "show the caller's home directory under its own path when the file runs");
    app.add_option("--cwd", options.cwd,
                   "start in this directory of the root; the caller's is not shown then")
        ->option_text("DIR");
    app.add_option("--net", raw.net, "when the file runs: the host's network (default), or none")
        ->option_text("host|none");
    app.add_flag("--x11", options.x11, "the file may use the caller's X server");
    app.add_flag("--wayland", options.wayland, "the file may use the caller's Wayland compositor");
    app.add_option("--trace", options.traces,
                   "add what a file of 'polecat trace' tells (repeatable)")
        ->option_text("FILE")
        ->allow_extra_args(false);
    app.add_option("--include", options.include, "pack these too; DIR/** is all below (repeatable)")
        ->option_text("GLOB")
        ->allow_extra_args(false);
    app.add_option("--exclude", options.exclude, "leave these out, and what is below (repeatable)")
        ->option_text("GLOB")
        ->allow_extra_args(false);
    app.add_flag("--no-verify", raw.no_verify,
                 "do not run the commands again on the packed files alone");
    app.add_option("--report", options.report,
                   "write a list of all files, who asked for each, and how the proof went")
        ->option_text("FILE");
}

void declare(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("-o,--output", options.output,
                   options.action == Action::kTrace ? "the trace to write (default: COMMAND.trace)"
                                                    : "the file to write (default: COMMAND.sh)")
        ->option_text("FILE");
    if (options.action != Action::kPack) declare_tracing(app, options, raw);
    if (options.action != Action::kTrace) declare_packing(app, options, raw);
    app.add_option(
           "-b,--bind", options.binds,
           "show a file or directory of the host inside, now and when the file runs (repeatable)")
        ->option_text("HOST:DIR[:ro]")
        ->allow_extra_args(false);
    app.add_flag("--debug", options.debug, "tell what happens, step by step");
    app.add_flag("--version", raw.version, "print the version");
}

/// The words after our own options: ROOT COMMAND [ARG...].
std::vector<std::string> words_of(const CLI::App& app, const Options& options) {
    std::vector<std::string> words = app.remaining();
    if (!words.empty() && words.front() == "--") {
        words.erase(words.begin());
    } else if (!words.empty() && words.front().starts_with('-')) {
        throw UsageError("unknown option '{}'", printable(words.front()))
            .with_hint("'polecat --help' lists the options");
    }
    // A script names its own command, and to trace something --run is enough.
    const bool needs_command =
        options.script.empty() && (options.action != Action::kTrace || options.runs.empty());
    if (words.empty() || (words.size() < 2 && needs_command))
        throw UsageError("{} is missing", words.empty() ? "ROOT" : "COMMAND")
            .with_hint("polecat [OPTIONS] ROOT COMMAND [ARG...]");
    return words;
}

struct FormatName {
    const char* name;
    BundleFormat format;
    const char* suffix;
};

const FormatName& format_named(const std::string& name) {
    static constexpr FormatName kFormats[] = {{"sh", BundleFormat::kShell, ".sh"},
                                              {"elf", BundleFormat::kElf, ".run"},
                                              {"sfs", BundleFormat::kImage, ".sfs"},
                                              {"tgz", BundleFormat::kArchive, ".tgz"},
                                              {"dir", BundleFormat::kDirectory, ".root"}};
    for (const FormatName& format : kFormats)
        if (name == format.name) return format;
    throw UsageError("the format '{}' is none of sh, elf, sfs, tgz and dir", printable(name));
}

void finish_packing(const Raw& raw, Options& options) {
    if (raw.compression != "zstd" && raw.compression != "xz")
        throw UsageError("--comp '{}' is neither 'zstd' nor 'xz'", printable(raw.compression));
    if (raw.compression == "xz" || options.small) options.compression = PackCompression::kXz;
    constexpr std::int64_t kSmallest = 4 << 10, kLargest = 1 << 20;
    if (options.small && options.fast) throw UsageError("--small and --fast want the opposite");
    std::int64_t block = options.small ? kLargest : options.block_size;
    if (!raw.block.empty()) block = parse_size(raw.block);
    if (block < kSmallest || block > kLargest || (block & (block - 1)) != 0)
        throw UsageError("--block '{}' is no power of two from 4k to 1m", printable(raw.block));
    options.block_size = static_cast<std::uint32_t>(block);
    if (raw.net != "host" && raw.net != "none")
        throw UsageError("--net '{}' is neither 'host' nor 'none'", printable(raw.net));
    options.no_network = raw.net == "none";
    if (!options.cwd.empty() && !options.cwd.starts_with('/'))
        throw UsageError("--cwd '{}' is no absolute path", printable(options.cwd));
}

void finish(const Raw& raw, std::vector<std::string> words, Options& options) {
    const FormatName& format = format_named(raw.format);
    options.format = format.format;
    finish_packing(raw, options);
    if (!raw.timeout.empty())
        options.timeout =
            std::chrono::seconds(parse_number(raw.timeout, "a time in seconds", 1, kLongest));
    options.verify = !raw.no_verify;
    options.root = words.front();
    options.command.assign(words.begin() + 1, words.end());
    if (options.action == Action::kPack && options.traces.empty())
        throw UsageError("--trace is missing")
            .with_hint(
                "'polecat trace -o FILE ROOT COMMAND' makes one; without, it is 'polecat "
                "ROOT COMMAND'");
    if (!options.output.empty()) return;
    const std::string& program = !options.command.empty()  ? options.command.front()
                                 : !options.script.empty() ? options.script
                                                           : "polecat";
    std::string name = program.substr(program.rfind('/') + 1);
    if (options.command.empty()) name.resize(std::min(name.rfind('.'), name.size()));
    options.output = name + (options.action == Action::kTrace ? ".trace" : format.suffix);
    if (options.output == options.script) options.output = name + ".bundle.sh";
}

/// `polecat trace` and `polecat pack` by the first word alone: a directory of that name is written
/// "./trace".
Action take_action(int& argc, const char* const*& argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first != "trace" && first != "pack") return Action::kBundle;
    --argc;
    ++argv;
    return first == "trace" ? Action::kTrace : Action::kPack;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    Raw raw;
    options.action = take_action(argc, argv);
    CLI::App app(options.action == Action::kTrace  ? kTraceDescription
                 : options.action == Action::kPack ? kPackDescription
                                                   : kDescription,
                 options.action == Action::kTrace  ? "polecat trace"
                 : options.action == Action::kPack ? "polecat pack"
                                                   : "polecat");
    app.formatter(std::make_shared<Help>());
    app.footer(kExamples);
    app.prefix_command();
    declare(app, options, raw);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw UsageError("{}", error.what()).with_hint("'polecat --help' lists the options");
    }
    if (raw.version) {
        std::puts("polecat " MINCS_VERSION);
        return std::nullopt;
    }
    finish(raw, words_of(app, options), options);
    return options;
}

}  // namespace mincs::polecat
