// See options.hh. options*.cc own CLI11 for marten. Its habits that matter here: a subcommand takes
// the parent's flags only with fallthrough(), and its exit codes are not ours, so its errors become
// UsageError.
#include "tools/marten/options.hh"

#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

constexpr const char* kDescription =
    "Keep images and containers: fetch, make, name, compare, check, save and send them.";

constexpr const char* kExamples =
    "Examples:\n"
    "  marten pull fedora            fetch docker.io/library/fedora:latest; prints its ID\n"
    "  marten li                     what is here\n"
    "  minc -r fedora                run it\n"
    "  marten commit ID mine:1       keep what a container changed as an image\n"
    "  marten save -o f.tar fedora   as a file; 'marten import f.tar' takes it back\n"
    "  marten rmi fedora             remove it\n"
    "\n"
    "Exit status: 0, 1 if it failed, 2 for wrong use, 130 and 143 if stopped by SIGINT and "
    "SIGTERM.\n"
    "'marten COMMAND --help' tells more about a command. See also: man marten, minc --help.";

/// CLI11 would say "REF REF..." and "TEXT" after a positional's name.
struct Help : CLI::Formatter {
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_positional() ? "" : CLI::Formatter::make_option_opts(option);
    }
};

}  // namespace

CLI::App* add_command(CLI::App& app, const char* name, const char* description,
                      const char* example) {
    CLI::App* command = app.add_subcommand(name, description);
    command->fallthrough();
    command->footer(fmt::format("Example:\n  {}", example));
    return command;
}

void add_quiet(CLI::App& command, bool& quiet) {
    command.add_flag("-q,--quiet", quiet, "no progress");
}

void add_platform(CLI::App& command, registry::Platform& platform, const char* description) {
    command
        .add_option_function<std::string>(
            "--platform",
            [&platform](const std::string& text) { platform = registry::Platform::parse(text); },
            description)
        ->option_text("OS/ARCH[/VARIANT]");
}

void add_max_size(CLI::App& command, std::optional<std::int64_t>& max_size) {
    command
        .add_option_function<std::string>(
            "--max-size", [&max_size](const std::string& text) { max_size = parse_size(text); },
            "refuse an image whose layers unpack to more")
        ->option_text("SIZE");
}

void add_format(CLI::App& command, std::string& format) {
    command.add_option("--format", format, "table, json, or a line such as '{id} {name}'")
        ->option_text("FORMAT")
        ->check([](const std::string& text) {
            const bool known = text == "table" || text == "json" || text.find('{') < text.size();
            return known ? "" : "neither table nor json, and names no {field}";
        });
}

void add_list_options(CLI::App& command, ListOptions& options) {
    command.add_flag("-l,--long", options.full, "whole IDs and names");
    add_format(command, options.format);
}

void add_auth_file(CLI::App& command, std::string& auth_file) {
    command
        .add_option("--authfile", auth_file,
                    "where passwords are kept (default: $REGISTRY_AUTH_FILE, else auth.json)")
        ->option_text("FILE");
}

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    bool version = false;
    CLI::App app(kDescription, "marten");
    app.formatter(std::make_shared<Help>());
    app.footer(kExamples);
    app.require_subcommand(0, 1);
    app.add_flag("--debug", options.debug, "tell what happens, step by step");
    app.add_flag("--version", version, "print the version");
    add_registry_commands(app, options.command);
    add_file_commands(app, options.command);
    add_image_commands(app, options.command);
    add_run_commands(app, options.command);
    add_network_commands(app, options.command);
    add_store_commands(app, options.command);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw UsageError("{}", printable(error.what()))
            .with_hint("'marten --help' lists the commands");
    }
    if (version) {
        std::puts("marten " MINCS_VERSION);
        return std::nullopt;
    }
    if (app.get_subcommands().empty()) {
        if (argc <= 1) std::fputs(app.help().c_str(), stderr);
        throw UsageError("no command is given").with_hint("'marten --help' lists the commands");
    }
    return options;
}

}  // namespace mincs::marten
