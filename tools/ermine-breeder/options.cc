// See options.hh. This file owns CLI11 for ermine-breeder. The first word says which command is
// meant; without one it is `distro`.
#include "tools/ermine-breeder/options.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"
#include "libermine/kit.hh"

namespace mincs::breeder {
namespace {

struct CommandName {
    const char* name;
    Action action;
    const char* description;
};

constexpr CommandName kCommands[] = {
    {"distro", Action::kDistro,
     "Make a guest with the distribution's kernel, out of its package, which is not installed."},
    {"build", Action::kBuild,
     "Make a guest with a small kernel of our own, from the package linux-source. The first time\n"
     "it takes 10 to 20 minutes of a processor and 3 GB of the disk; later it is found again."},
    {"clean", Action::kClean, "Remove guests, and what a killed run left."},
    {"testrun", Action::kTestrun,
     "Boot a guest, without a container, and look whether it comes up."}};

constexpr const char* kDescription =
    "Make guests, each a kernel and a first root, for 'minc --qemu' and 'minc --um'.\n"
    "\n"
    "Commands:\n"
    "  distro    with the distribution's kernel; seconds (this is the default)\n"
    "  build     with a small kernel of our own, which starts several times faster; minutes\n"
    "  testrun   boot one and look whether it comes up\n"
    "  clean     remove them";

constexpr const char* kExamples =
    "Examples:\n"
    "  ermine-breeder                       then: minc --qemu -r debian uname -a\n"
    "  ermine-breeder build --arch um       then: minc --um -r debian uname -a\n"
    "  ermine-breeder --arch arm64          then: minc --qemu --cross arm64 -r DIR uname -a\n"
    "  ermine-breeder testrun --arch um     is it well?\n"
    "  ermine-breeder testrun --shell       look around in it\n"
    "  ermine-breeder --config --arch um    what our kernel has\n"
    "\n"
    "Guests are kept in $MINCS_ERMINE, else in ~/.cache/mincs/ermine. A guest holds Linux and\n"
    "busybox, which are under the GPL, version 2: who passes one on owes their source\n"
    "(apt-get source). ermine-breeder itself is under the MIT license.\n"
    "Exit status: 0; 1 failed; 2 wrong use. See also: man ermine-breeder, minc --help.";

struct Raw {
    std::string timeout;
    std::string jobs;
    bool config = false;
    bool version = false;
};

struct Help : CLI::Formatter {
    std::string make_usage(const CLI::App* app, std::string) const override {
        if (app->get_name() != "ermine-breeder")
            return "Usage: " + app->get_name() + " [OPTIONS]\n\n";
        return "Usage: ermine-breeder [distro|build|testrun|clean] [OPTIONS]\n"
               "       ermine-breeder --config [--arch ARCH]\n\n";
    }
};

void declare_making(CLI::App& app, Options& options, Raw& raw) {
    app.add_option("--init", options.init,
                   "a static program that is the guest's first, in place of our own")
        ->option_text("FILE");
    if (options.action == Action::kBuild)
        app.add_option("-j,--jobs", raw.jobs,
                       "compile so many files at a time (default: one a processor)")
            ->option_text("N");
    app.add_flag("-q,--quiet", options.quiet, "no progress");
}

void declare_testing(CLI::App& app, Options& options, Raw& raw) {
    app.add_flag("--shell", options.shell,
                 "a shell in the guest on this terminal; 'poweroff -f' ends it");
    app.add_option("-T,--timeout", raw.timeout, "give up after this time (default: 60)")
        ->option_text("SECONDS");
}

void declare(CLI::App& app, Options& options, Raw& raw, bool command_given) {
    app.add_option("--arch", options.arch,
                   options.action == Action::kClean
                       ? "only those for this one: x86_64, arm64, um"
                       : "x86_64, arm64, or um: user-mode Linux (default: this machine's)")
        ->option_text("ARCH");
    if (options.action == Action::kClean || options.action == Action::kTestrun)
        app.add_option("--kind", options.kind, "only one that this command made")
            ->option_text("build|distro");
    else
        declare_making(app, options, raw);
    if (options.action == Action::kTestrun) declare_testing(app, options, raw);
    if (options.action == Action::kBuild || !command_given)
        app.add_flag("--config", raw.config,
                     "print the options that our kernel is built with, and do nothing else");
    app.add_flag("--debug", options.debug, "tell what happens, step by step");
    app.add_flag("--version", raw.version, "print the version");
}

/// The command that the first word names, taken off the words; none where it is an option.
const CommandName* take_command(int& argc, const char* const*& argv) {
    if (argc < 2 || argv[1][0] == '-') return nullptr;
    for (const CommandName& command : kCommands)
        if (command.name == std::string_view(argv[1])) {
            --argc;
            ++argv;
            return &command;
        }
    throw UsageError("unknown command '{}'", printable(argv[1]))
        .with_hint("distro, build, testrun or clean");
}

template <std::size_t N>
void check_word(const std::string& word, const char* option, const char* const (&known)[N]) {
    if (std::find(std::begin(known), std::end(known), word) == std::end(known))
        throw UsageError("{} '{}' is none of {}", option, printable(word), fmt::join(known, ", "));
}

void finish(const Raw& raw, Options& options) {
    if (raw.config) options.action = Action::kConfig;
    if (options.arch.empty() && options.action != Action::kClean)
        options.arch = ermine::own_architecture();
    if (!options.arch.empty()) check_word(options.arch, "--arch", ermine::kArchitectures);
    if (!options.kind.empty()) check_word(options.kind, "--kind", ermine::kKinds);
    if (!raw.jobs.empty())
        options.jobs = static_cast<int>(parse_number(raw.jobs, "a number of jobs", 1, 4096));
    if (!raw.timeout.empty())
        options.timeout =
            std::chrono::seconds(parse_number(raw.timeout, "a time in seconds", 1, 86400));
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    Raw raw;
    const CommandName* command = take_command(argc, argv);
    if (command) options.action = command->action;
    CLI::App app(command ? command->description : kDescription,
                 command ? std::string("ermine-breeder ") + command->name : "ermine-breeder");
    app.formatter(std::make_shared<Help>());
    app.footer(kExamples);
    declare(app, options, raw, command != nullptr);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw UsageError("{}", printable(error.what()))
            .with_hint("'ermine-breeder --help' lists the options");
    }
    if (raw.version) {
        std::puts("ermine-breeder " MINCS_VERSION);
        return std::nullopt;
    }
    finish(raw, options);
    return options;
}

}  // namespace mincs::breeder
