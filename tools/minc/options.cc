// See options.hh. This file owns CLI11 for minc. Two of its habits are tamed here: with
// prefix_command() the first word that is no option ends our options, but an unknown option would
// do so too, and "--" stays among the words.
#include "tools/minc/options.hh"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libcore/base/json.hh"
#include "libcore/base/units.hh"
#include "libcore/container/rlimits.hh"
#include "tools/minc/limits.hh"

namespace mincs::minc {
namespace {

constexpr const char* kDescription =
    "Run a command in a container: on an image, on a directory, or on the host's own root,\n"
    "which an overlay protects. Without a command: the image's, or a shell.";

constexpr const char* kExamples =
    "Examples:\n"
    "  minc -r fedora                        a shell in a fresh container of an image\n"
    "  minc -r ./rootdir sh -c 'echo hi'     a command on a directory; its changes are dropped\n"
    "  minc make install                     on the host's root; what it changes is gone "
    "afterwards\n"
    "  minc -r debian -b $PWD:/src -w /src make\n"
    "  minc -B -r nginx                      in the background; prints its ID\n"
    "  minc doctor                           what of this machine can be used, and remedies\n"
    "\n"
    "Exit status: the command's own, 128+N if signal N ended it; 2 wrong use, 125 minc failed,\n"
    "126 the command cannot be executed, 127 it was not found. See also: man minc, marten --help.";

struct Help : CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: minc [OPTIONS] [COMMAND [ARG...]]\n";
    }
    /// A group of options under its title.
    std::string make_expanded(const CLI::App* group) const override {
        const auto all = [](const CLI::Option*) { return true; };
        return make_group(group->get_group(), false, group->get_options(all));
    }
};

std::int64_t log_size(const std::string& text) {
    constexpr std::int64_t kLeast = 64 << 10;
    const std::int64_t size = parse_size(text);
    if (size < kLeast) throw UsageError("a log of '{}': 64k is the least", printable(text));
    return size;
}

/// A repeatable option whose value is the next word only.
CLI::Option* add_list(CLI::App& app, const char* names, std::vector<std::string>& values,
                      const char* description, const char* value) {
    // Two options may fill one list: CLI11 itself would put the one's in the place of the other's.
    const auto append = [&values](const std::vector<std::string>& more) {
        values.insert(values.end(), more.begin(), more.end());
    };
    return app.add_option_function<std::vector<std::string>>(names, append, description)
        ->option_text(value)
        ->allow_extra_args(false);
}

void add_root_options(CLI::App& app, run::Request& request) {
    CLI::Option* root =
        app.add_option("-r,--rootdir", request.root,
                       "root: a directory, an image's name or ID, or 'host' (default);\n"
                       "or several, the uppermost first")
            ->option_text("DIR|IMAGE[:...]");
    app.add_option("-t,--tempdir", request.reuse,
                   "use this container again (ID or name), or a directory as a container's")
        ->option_text("ID|DIR");
    app.add_flag("-k,--keep", request.keep, "keep the container afterwards (default for images)");
    app.add_flag("--rm", request.remove, "remove the container afterwards (default else)");
    app.add_flag("-D,--direct", request.direct, "change the directory itself: no overlay");
    const auto use_directly = [&request](const std::string& directory) {
        // Never an image's name.
        request.root = directory.starts_with('/') ? directory : "./" + directory;
        request.direct = true;
    };
    app.add_option_function<std::string>("--nopriv", use_directly,
                                         "the same as -D -r DIR, as in MINCS")
        ->option_text("DIR")
        ->excludes(root);
    app.add_flag("--read-only", request.read_only, "nothing can be written to the root");
    app.add_flag_callback(
        "--pivot", [] {}, "means nothing: the root is always pivoted into");
    app.add_option(
           "--cross,--arch", request.cross,
           "run programs for another machine, such as arm64, by qemu-user, or with --qemu on\n"
           "one of that kind; an image that is for one needs no word")
        ->option_text("ARCH");
    add_list(app, "-b,--bind,-v,--volume", request.binds,
             "show a file or directory of the host in the container (repeatable)", "HOST:DIR[:ro]");
    add_list(app, "--tmpfs", request.tmpfs,
             "an empty file system in memory there; size=64m, mode=755, exec, ro (repeatable)",
             "DIR[:OPTION,...]");
}

/// Parts of the host; each of them is a way out.
void add_host_options(CLI::App& app, run::Request& request) {
    app.add_flag("--usedev", request.usedev, "the host's /dev with all its devices (unsafe)");
    app.add_flag("--debugfs", request.debugfs,
                 "what the kernel tells about itself, to read (/sys/kernel/debug, tracing)");
    app.add_flag("-X,--X11", request.x11, "draw on the caller's X display");
}

void add_confinement_options(CLI::App& app, run::Request& request) {
    add_list(app, "--cap-add", request.cap_add,
             "give capabilities, such as sys_ptrace, or ALL (repeatable)", "NAME,...")
        ->delimiter(',');
    add_list(app, "--cap-drop,--nocaps", request.cap_drop,
             "take capabilities away, or ALL (repeatable)", "NAME,...")
        ->delimiter(',');
    app.add_option_function<std::vector<std::string>>(
           "--ulimit",
           [&request](const std::vector<std::string>& texts) {
               for (const std::string& text : texts)
                   request.rlimits.push_back(container::parse_ulimit(text));
           },
           "a limit of the command's processes, such as nofile=1024:4096 (repeatable)")
        ->option_text("LIMIT=SOFT[:HARD]")
        ->allow_extra_args(false);
    add_list(app, "--sysctl", request.sysctls,
             "a kernel parameter of the container's own, such as kernel.msgmax (repeatable)",
             "NAME=VALUE");
    app.add_option("--seccomp", request.seccomp,
                   "a filter of system calls in docker's format, or 'unconfined' for none")
        ->option_text("FILE");
    app.add_flag_callback(
        "--seccomp-unconfined", [&request] { request.seccomp = run::kUnconfined; },
        "the same as --seccomp unconfined");
    app.add_flag("--privileged", request.privileged,
                 "all capabilities, no seccomp, nothing masked: root inside is root outside");
}

void add_network_options(CLI::App& app, run::Request& request) {
    app.add_option_function<std::string>(
           "-n,--net,--network",
           [&request](const std::string& text) {
               const auto ports = request.network.ports;
               request.network = run::parse_network(text);
               request.network.ports = ports;
           },
           "the host's (default); none but a loopback; raw: a bare one, with an interface of the\n"
           "host; dens: a bridge with the other containers and a way out, or another network of\n"
           "'marten network'; another container's; or one that is there")
        ->option_text("host|none|raw[,IF]|dens|NETWORK|container:ID|netns:FILE");
    app.add_option_function<std::vector<std::string>>(
           "-p,--port,--publish",
           [&request](const std::vector<std::string>& texts) {
               for (const std::string& text : texts)
                   request.network.ports.push_back(container::parse_port(text));
           },
           "lead a port of the host to one of the container, with --net dens (repeatable)")
        ->option_text("[IP:]PORT[-LAST]:PORT[/udp]")
        ->allow_extra_args(false);
    app.add_flag("--host-sockets", request.host_sockets,
                 "let it reach the host's Unix sockets without a path (X11, D-Bus)");
}

void add_machine_options(CLI::App& app, run::MachineRequest& machine) {
    using Kind = run::MachineRequest::Kind;
    CLI::Option* qemu = app.add_flag_callback(
        "--qemu", [&machine] { machine.kind = Kind::kQemu; },
        "in a virtual machine with a kernel of its own ('ermine-breeder' makes that);\n"
        "with --cross arm64, or an image for that, it is a machine of arm64");
    app.add_flag_callback(
           "--um", [&machine] { machine.kind = Kind::kUserMode; },
           "under user-mode Linux: the same without an emulator")
        ->excludes(qemu);
    app.add_option("--accel", machine.accelerator,
                   "with --qemu: kvm, or tcg, which works everywhere (default: what works)")
        ->check(CLI::IsMember({"kvm", "tcg"}))
        ->needs(qemu)
        ->option_text("NAME");
    app.add_option("--machine", machine.board,
                   "with --qemu: pc (default) or microvm, which starts faster; of arm64: virt")
        ->check(CLI::IsMember({"pc", "microvm", "virt"}))
        ->needs(qemu)
        ->option_text("NAME");
}

void add_process_options(CLI::App& app, run::Request& request) {
    app.add_option("--name", request.name, "the container's name, and its host name")
        ->option_text("NAME");
    app.add_option("--user", request.user,
                   "run as this user (numbers, or names of the root's passwd)")
        ->option_text("UID[:GID]");
    add_list(app, "-e,--env", request.env, "set a variable, or hand the caller's on (repeatable)",
             "NAME[=VALUE]");
    app.add_flag("--init", request.init,
                 "a pid 1 before the command that reaps orphans and hands signals on");
    add_list(app, "--env-file", request.env_files,
             "the same from a file, a line each; -e goes before it (repeatable)", "FILE");
    app.add_option("-w,--workdir", request.workdir, "start in this directory")->option_text("DIR");
    app.add_option("--entrypoint", request.entrypoint, "instead of the image's; '' for none")
        ->option_text("COMMAND");
}

/// A text that is kept beside the container, in JSON.
void add_note(CLI::App& app, const char* name, std::optional<std::string>& note,
              const char* description, const char* value) {
    app.add_option_function<std::string>(
           name,
           [&note, name](const std::string& text) {
               if (!is_utf8(text)) throw UsageError("{}: the text is no UTF-8", name);
               note = text;
           },
           description)
        ->option_text(value);
}

void add_note_options(CLI::App& app, run::Notes& notes) {
    add_note(app, "--start-hook", notes.start_hook,
             "a shell command on the host before the container's command; if it fails, nothing "
             "runs",
             "COMMAND");
    add_note(app, "--stop-hook", notes.stop_hook, "the same after it, whatever its end", "COMMAND");
    add_note(app, "--memo", notes.memo, "a text for 'marten inspect' and 'marten lc --long'",
             "TEXT");
}

void add_life_options(CLI::App& app, Options& options) {
    app.add_flag("-B,--background,--detach", options.request.background,
                 "print the container's ID and return once the command runs ('marten logs',\n"
                 "'exec', 'stop'); it is kept unless --rm");
    app.add_flag("--tty", options.terminal, "with -B: a terminal, for 'marten attach'");
    app.add_option_function<std::string>(
           "--log-size",
           [&options](const std::string& text) { options.request.log_size = log_size(text); },
           "with -B: bytes of each of its two log files (default 10m)")
        ->option_text("SIZE");
    app.add_option("--cidfile", options.cidfile, "write the container's ID to this new file")
        ->option_text("FILE");
    add_note_options(app, options.request.notes);
}

/// What minc says of it and of itself.
void add_telling_options(CLI::App& app, Options& options) {
    app.add_option(
           "--ftrace", options.ftrace,
           "trace the command in the kernel: this shell script, run in a tracing directory of\n"
           "the container's own, says what (events/sched/enable and so on)")
        ->option_text("SCRIPT");
    app.add_option("--ftrace-output", options.ftrace_output,
                   "the trace goes to this file (default minc-ftrace-ID.txt)")
        ->option_text("FILE");
    app.add_flag("--spec", options.print_spec,
                 "print the container as an OCI config.json instead of running it");
    app.add_flag("--debug", options.debug, "tell what happens, step by step");
}

void add_limit_options(CLI::App& app, RawLimits& raw) {
    app.add_option("--mem-limit,--memory", raw.memory, "memory, such as 512m")->option_text("SIZE");
    app.add_option("--mem-swap,--memory-swap", raw.memory_swap, "memory and swap together")
        ->option_text("SIZE");
    app.add_option("--cpu-shares", raw.cpu_shares, "relative weight, 1024 is usual")
        ->option_text("N");
    app.add_option("--cpu-quota", raw.cpu_quota, "microseconds of CPU in each 100 ms")
        ->option_text("USEC");
    app.add_option("--cpus", raw.cpu_count, "as much CPU time as so many CPUs have, such as 1.5")
        ->option_text("N");
    app.add_option("--mem-kmem,--kernel-memory", raw.kernel_memory,
                   "the kernel's memory for it (older kernels)")
        ->option_text("SIZE");
    app.add_option("--io-weight,--blkio-weight", raw.io_weight,
                   "share of the disks, 10 to 1000 (BFQ)")
        ->option_text("N");
    app.add_option("--pid-max,--pids-limit", raw.pids, "processes and threads")->option_text("N");
    app.add_option("-c,--cpu,--cpuset-cpus", raw.cpus,
                   "CPUs to run on: a list such as 0-2,5, or a mask such as 0x27")
        ->option_text("LIST|MASK");
}

/// The words after our own options. An unknown option lands here too, in front.
std::vector<std::string> command_words(const CLI::App& app) {
    std::vector<std::string> words = app.remaining();
    if (words.empty()) return words;
    if (words.front() == "--") {
        words.erase(words.begin());
    } else if (words.front().starts_with('-') && words.front().size() > 1) {
        throw UsageError("unknown option '{}'", printable(words.front()))
            .with_hint("'minc --help' lists the options");
    }
    return words;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    RawLimits limits;
    bool version = false;
    CLI::App app(kDescription, "minc");
    app.formatter(std::make_shared<Help>());
    app.footer(kExamples);
    app.prefix_command();
    // In groups also because CLI11 compares each new option with all others of its group.
    const auto group = [&app](const char* title) -> CLI::App& {
        CLI::App& made = *app.add_option_group(title);
        made.set_help_flag();
        return made;
    };
    add_root_options(group("Root"), options.request);
    add_process_options(group("Process"), options.request);
    add_limit_options(group("Limits"), limits);
    add_confinement_options(group("Confinement"), options.request);
    add_host_options(group("Parts of the host"), options.request);
    add_network_options(group("Network"), options.request);
    add_machine_options(group("Machine"), options.request.machine);
    add_life_options(group("Life"), options);
    add_telling_options(group("What it tells"), options);
    app.add_flag("--version", version, "print the version");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw UsageError("{}", error.what()).with_hint("'minc --help' lists the options");
    }
    if (version) {
        std::puts("minc " MINCS_VERSION);
        return std::nullopt;
    }
    set_limits(limits, options.request.resources);
    if (options.terminal && !options.request.background)
        throw UsageError(
            "--tty is for -B: else a terminal is there where stdin and stdout are one");
    if (!options.ftrace.empty() && options.request.background)
        throw UsageError("--ftrace and -B exclude each other: the trace is written at the end");
    if (options.ftrace.empty() && !options.ftrace_output.empty())
        throw UsageError("--ftrace-output is for --ftrace: without it nothing is traced");
    if (!options.ftrace.empty() && options.request.machine)
        throw UsageError("--ftrace and a machine exclude each other: its kernel is another one");
    // A tracing instance that a kill leaves is found by the container's directory.
    if (!options.ftrace.empty()) options.request.is_brief = false;
    options.request.emulates = true;
    options.request.command = command_words(app);
    return options;
}

}  // namespace mincs::minc
