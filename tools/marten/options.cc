// See options.hh. This file owns CLI11 for marten. Its habits that matter here: a subcommand takes
// the parent's flags only with fallthrough(), and its exit codes are not ours, so its errors become
// UsageError.
#include "tools/marten/options.hh"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

constexpr const char* kDescription =
    "Keep images and containers: fetch images from a registry, list, name and remove them.";

constexpr const char* kExamples =
    "Examples:\n"
    "  marten pull fedora            fetch docker.io/library/fedora:latest; prints its ID\n"
    "  marten li                     what is here\n"
    "  minc -r fedora                run it\n"
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

/// What the parser fills; the chosen subcommand's part becomes Options::command.
struct Parsed {
    PullOptions pull;
    std::string platform;
    ListImages li;
    ListContainers lc;
    std::string format = "table";
    RemoveContainers rm;
    RemoveImages rmi;
    ImportOptions import;
    TagOptions tag;
};

struct Commands {
    CLI::App *pull, *li, *lc, *rm, *rmi, *import, *tag;
};

CLI::App* add_command(CLI::App& app, const char* name, const char* description,
                      const char* example) {
    CLI::App* command = app.add_subcommand(name, description);
    command->fallthrough();
    command->footer(fmt::format("Example:\n  {}", example));
    return command;
}

CLI::App* add_pull(CLI::App& app, Parsed& parsed) {
    CLI::App* command =
        add_command(app, "pull", "Fetch images from a registry; prints their IDs",
                    "marten pull debian quay.io/org/app:1.2 127.0.0.1:5000/library/busybox");
    command->add_option("REF", parsed.pull.references, "[REGISTRY/]NAME[:TAG][@DIGEST]")
        ->required();
    command
        ->add_option("--platform", parsed.platform,
                     "of an image for several (default: this machine's)")
        ->option_text("OS/ARCH[/VARIANT]");
    command->add_flag("-q,--quiet", parsed.pull.quiet, "no progress");
    return command;
}

void add_list_options(CLI::App* command, ListOptions& options, std::string& format) {
    command->add_flag("-l,--long", options.full, "whole IDs and names");
    command->add_option("--format", format, "table or json")
        ->option_text("FORMAT")
        ->check(CLI::IsMember({"table", "json"}));
}

CLI::App* add_li(CLI::App& app, Parsed& parsed) {
    CLI::App* command = add_command(app, "li", "List images", "marten li --long");
    command->alias("images");
    add_list_options(command, parsed.li, parsed.format);
    return command;
}

CLI::App* add_lc(CLI::App& app, Parsed& parsed) {
    CLI::App* command = add_command(app, "lc", "List containers", "marten lc --format json");
    command->alias("list")->alias("ps");
    add_list_options(command, parsed.lc, parsed.format);
    return command;
}

CLI::App* add_rm(CLI::App& app, Parsed& parsed) {
    CLI::App* command =
        add_command(app, "rm", "Remove containers that do not run", "marten rm web 4f1c");
    command->add_option("CONTAINER", parsed.rm.containers, "name or ID")->required();
    return command;
}

CLI::App* add_rmi(CLI::App& app, Parsed& parsed) {
    CLI::App* command =
        add_command(app, "rmi", "Remove images, or one of the names of an image that has several",
                    "marten rmi debian");
    command->add_option("IMAGE", parsed.rmi.images, "name or ID")->required();
    return command;
}

CLI::App* add_import(CLI::App& app, Parsed& parsed) {
    CLI::App* command =
        add_command(app, "import", "Make an image of a directory tree; prints its ID",
                    "marten import ./rootdir mine:1");
    command->add_option("DIR", parsed.import.directory, "the root of the tree")->required();
    command->add_option("NAME", parsed.import.name, "the image's name");
    command->add_flag("--cross-mounts", parsed.import.cross_mounts,
                      "take also what is mounted below the directory");
    command->add_flag("-q,--quiet", parsed.import.quiet, "no progress");
    return command;
}

CLI::App* add_tag(CLI::App& app, Parsed& parsed) {
    CLI::App* command =
        add_command(app, "tag", "Give an image one more name", "marten tag debian mine:stable");
    command->add_option("IMAGE", parsed.tag.image, "name or ID")->required();
    command->add_option("NAME", parsed.tag.name, "[REGISTRY/]NAME[:TAG]")->required();
    return command;
}

void take_chosen(const Commands& commands, Parsed& parsed, Options& options) {
    const Format format = parsed.format == "json" ? Format::kJson : Format::kTable;
    parsed.li.format = format;
    parsed.lc.format = format;
    if (!parsed.platform.empty()) parsed.pull.platform = registry::Platform::parse(parsed.platform);
    if (commands.pull->parsed()) options.command = parsed.pull;
    if (commands.li->parsed()) options.command = parsed.li;
    if (commands.lc->parsed()) options.command = parsed.lc;
    if (commands.rm->parsed()) options.command = parsed.rm;
    if (commands.rmi->parsed()) options.command = parsed.rmi;
    if (commands.import->parsed()) options.command = parsed.import;
    if (commands.tag->parsed()) options.command = parsed.tag;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    Parsed parsed;
    bool version = false;
    CLI::App app(kDescription, "marten");
    app.formatter(std::make_shared<Help>());
    app.footer(kExamples);
    app.require_subcommand(0, 1);
    app.add_flag("--debug", options.debug, "tell what happens, step by step");
    app.add_flag("--version", version, "print the version");
    const Commands commands = {add_pull(app, parsed), add_li(app, parsed),  add_lc(app, parsed),
                               add_rm(app, parsed),   add_rmi(app, parsed), add_import(app, parsed),
                               add_tag(app, parsed)};
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
    take_chosen(commands, parsed, options);
    return options;
}

}  // namespace mincs::marten
