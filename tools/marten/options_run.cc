// The commands about containers that run.
#include "libcore/base/error.hh"
#include "libcore/base/units.hh"
#include "tools/marten/option_groups.hh"

namespace mincs::marten {
namespace {

/// The words that are the command's are no positionals to the parser.
struct ExecHelp : CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: marten exec [OPTIONS] CONTAINER COMMAND [ARG...]\n\n";
    }
};

void declare_containers(CLI::App& command, std::vector<std::string>& containers) {
    command.add_option("CONTAINER", containers, "name or ID")->required();
}

void declare_signal(CLI::App& command, std::string& signal, const char* description) {
    command.add_option("-s,--signal", signal, description)->option_text("SIGNAL");
}

void declare_exec(CLI::App& command, ExecOptions& options) {
    command.add_flag("-i,--interactive", options.input, "the command may read stdin");
    command.add_flag("-t,--tty", options.terminal, "give it a terminal of its own");
    command
        .add_option("-u,--user", options.user,
                    "run as this user (numbers, or names of the container's passwd)")
        ->option_text("UID[:GID]");
    command.add_option("-w,--workdir", options.workdir, "start in this directory")
        ->option_text("DIR");
    command
        .add_option("-e,--env", options.env, "set a variable, or hand the caller's on (repeatable)")
        ->option_text("NAME[=VALUE]")
        ->allow_extra_args(false);
    command.formatter(std::make_shared<ExecHelp>());
    // What follows the container is the command's, options and all; with fallthrough() the words
    // would become the parent's.
    command.prefix_command();
    command.fallthrough(false);
}

/// The words behind the options of exec; one that is no option of ours ends up in front.
void take_words(const CLI::App& command, ExecOptions& options) {
    std::vector<std::string> words = command.remaining();
    if (!words.empty() && words.front() == "--")
        words.erase(words.begin());
    else if (!words.empty() && words.front().starts_with('-'))
        throw UsageError("unknown option '{}'", printable(words.front()))
            .with_hint("'marten exec --help' lists the options");
    if (words.empty()) throw UsageError("no container is given");
    options.container = words.front();
    options.command.assign(words.begin() + 1, words.end());
}

void declare_logs(CLI::App& command, LogsOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID")->required();
    command.add_flag("-f,--follow", options.follow, "go on until it ends");
    command
        .add_option_function<std::string>(
            "-n,--tail",
            [&options](const std::string& text) {
                options.tail = parse_number(text, "a number of lines", 0, std::int64_t{1} << 40);
            },
            "only so many lines from the end")
        ->option_text("N");
    command.add_flag("--timestamps", options.timestamps, "when each line came, in front of it");
}

void declare_stop(CLI::App& command, StopOptions& options) {
    declare_containers(command, options.containers);
    declare_signal(command, options.signal, "which signal asks it to end (default TERM)");
    command
        .add_option_function<std::string>(
            "-T,--time",
            [&options](const std::string& text) {
                options.seconds = parse_number(text, "a number of seconds", 0, 1000000);
            },
            "how long it may take before it is killed (default 10)")
        ->option_text("SECONDS");
}

void declare_kill(CLI::App& command, KillOptions& options) {
    declare_containers(command, options.containers);
    declare_signal(command, options.signal, "which signal (default KILL)");
}

template <typename T>
void declare_only_containers(CLI::App& command, T& options) {
    declare_containers(command, options.containers);
}

void declare_attach(CLI::App& command, AttachOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID")->required();
}

void declare_top(CLI::App& command, TopOptions& options) {
    command.add_option("CONTAINER", options.container, "name or ID")->required();
    add_list_options(command, options);
}

void declare_stats(CLI::App& command, StatsOptions& options) {
    command.add_option("CONTAINER", options.containers, "name or ID (default: all that run)");
    command.add_flag("--no-stream", options.once, "once, and not every second");
    add_list_options(command, options);
}

void add_exec(CLI::App& app, Chosen& chosen) {
    CLI::App* command = add_command(app, "exec", "Run one more command in a container that runs",
                                    "marten exec -i -t web sh");
    const auto options = std::make_shared<ExecOptions>();
    declare_exec(*command, *options);
    command->final_callback([&chosen, options, command] {
        take_words(*command, *options);
        chosen = *options;
    });
}

}  // namespace

void add_run_commands(CLI::App& app, Chosen& chosen) {
    add_exec(app, chosen);
    add<LogsOptions>(app, chosen, "logs", "Print what a background container printed",
                     "marten logs -f --tail 20 web", declare_logs);
    add<StopOptions>(app, chosen, "stop", "Ask containers to end, and kill those that do not",
                     "marten stop -T 30 web", declare_stop);
    add<KillOptions>(app, chosen, "kill", "Send containers a signal", "marten kill -s HUP web",
                     declare_kill);
    add<WaitOptions>(app, chosen, "wait", "Wait for containers to end; prints their exit status",
                     "marten wait web", declare_only_containers<WaitOptions>);
    add<StartOptions>(app, chosen, "start", "Run containers again, in the background",
                      "marten start web", declare_only_containers<StartOptions>);
    add<RestartOptions>(app, chosen, "restart", "Stop containers and start them again",
                        "marten restart web", declare_stop);
    add<PauseOptions>(app, chosen, "pause", "Hold all processes of containers still",
                      "marten pause web", declare_only_containers<PauseOptions>);
    add<UnpauseOptions>(app, chosen, "unpause", "Let them go on", "marten unpause web",
                        declare_only_containers<UnpauseOptions>);
    add<AttachOptions>(app, chosen, "attach",
                       "Show the terminal of a background container; ctrl-p ctrl-q leaves it",
                       "marten attach web", declare_attach);
    add<TopOptions>(app, chosen, "top", "List the processes of a container", "marten top web",
                    declare_top);
    add<StatsOptions>(app, chosen, "stats", "Tell what containers use of the machine",
                      "marten stats --no-stream", declare_stats);
}

}  // namespace mincs::marten
