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

constexpr const char* kExamples =
    "Examples:\n"
    "  polecat -o top.sh debian top           quit with 'q'; then ./top.sh runs anywhere\n"
    "  polecat -T 5 -o top.sh ./rootdir top   stopped after 5 seconds\n"
    "  polecat -o log.sh debian git log       ./log.sh -3 adds its words: git log -3\n"
    "\n"
    "ROOT is a directory, an image's name or ID, or 'host'. The caller's directory is shown\n"
    "under its own path, now and when the file runs. Exit status: 0, 1 failed, 2 wrong use.\n"
    "See also: man polecat, minc --help, marten --help.";

constexpr std::int64_t kLongest = 7 * 24 * 3600;

struct Help : CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: polecat [OPTIONS] ROOT COMMAND [ARG...]\n\n";
    }
};

struct Raw {
    std::string format = "sh";
    std::string timeout;
    bool version = false;
};

void declare(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("-o,--output", options.output, "the file to write (default: COMMAND.sh)")
        ->option_text("FILE");
    app.add_option("-f,--format", raw.format,
                   "sh: begins as a shell script (default); elf: is a program, starts faster")
        ->option_text("sh|elf");
    app.add_option("-T,--timeout", raw.timeout,
                   "stop the command after this time: SIGTERM, SIGKILL 2 s later")
        ->option_text("SECONDS");
    app.add_option(
           "-b,--bind", options.binds,
           "show a file or directory of the host inside, now and when the file runs (repeatable)")
        ->option_text("HOST:DIR[:ro]")
        ->allow_extra_args(false);
    app.add_option("--include", options.include, "pack these too; DIR/** is all below (repeatable)")
        ->option_text("GLOB")
        ->allow_extra_args(false);
    app.add_option("--exclude", options.exclude, "leave these out, and what is below (repeatable)")
        ->option_text("GLOB")
        ->allow_extra_args(false);
    app.add_option("--report", options.report, "write a list of all files and why each is in")
        ->option_text("FILE");
    app.add_flag("--debug", options.debug, "tell what happens, step by step");
    app.add_flag("--version", raw.version, "print the version");
}

/// The words after our own options: ROOT COMMAND [ARG...].
std::vector<std::string> words_of(const CLI::App& app) {
    std::vector<std::string> words = app.remaining();
    if (!words.empty() && words.front() == "--") {
        words.erase(words.begin());
    } else if (!words.empty() && words.front().starts_with('-')) {
        throw UsageError("unknown option '{}'", printable(words.front()))
            .with_hint("'polecat --help' lists the options");
    }
    if (words.size() < 2)
        throw UsageError("{} is missing", words.empty() ? "ROOT" : "COMMAND")
            .with_hint("polecat [OPTIONS] ROOT COMMAND [ARG...]");
    return words;
}

void finish(const Raw& raw, std::vector<std::string> words, Options& options) {
    if (raw.format != "sh" && raw.format != "elf")
        throw UsageError("the format '{}' is neither 'sh' nor 'elf'", printable(raw.format));
    if (raw.format == "elf") options.format = BundleFormat::kElf;
    if (!raw.timeout.empty())
        options.timeout =
            std::chrono::seconds(parse_number(raw.timeout, "a time in seconds", 1, kLongest));
    options.root = words.front();
    options.command.assign(words.begin() + 1, words.end());
    if (!options.output.empty()) return;
    const std::string& program = options.command.front();
    options.output = program.substr(program.rfind('/') + 1) + (raw.format == "sh" ? ".sh" : ".run");
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    Raw raw;
    CLI::App app(kDescription, "polecat");
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
    finish(raw, words_of(app), options);
    return options;
}

}  // namespace mincs::polecat
