// marten exec: one more command in a container that runs.
#include <unistd.h>

#include <cstdlib>

#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/command_error.hh"
#include "libcore/container/join.hh"
#include "libcore/container/own_program.hh"
#include "libcore/container/seccomp_compiler.hh"
#include "librun/environment.hh"
#include "librun/machine.hh"
#include "librun/spec_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

constexpr int kFailed = 125;

/// The container's environment with what was asked for on top; "NAME" hands the caller's on.
void add_environment(const ExecOptions& options, container::JoinRequest& request) {
    std::vector<std::string>& env = request.spec.process.env;
    request.sets_home = true;
    if (const char* term = std::getenv("TERM"); term && options.terminal)
        run::set_variable(env, fmt::format("TERM={}", term));
    for (const std::string& wanted : options.env) {
        if (wanted == "HOME" || wanted.starts_with("HOME=")) request.sets_home = false;
        run::set_wanted(env, wanted);
    }
}

void check_options(const ExecOptions& options) {
    if (options.command.empty())
        throw UsageError("no command is given")
            .with_hint("'marten exec CONTAINER COMMAND [ARG...]'");
    if (!options.workdir.empty() && !options.workdir.starts_with('/'))
        throw UsageError("the working directory '{}' is not absolute", printable(options.workdir));
    if (options.terminal && options.input && !isatty(STDIN_FILENO))
        throw UsageError("-i and -t: stdin is no terminal").with_hint("leave -t out");
}

container::JoinRequest make_request(const ExecOptions& options) {
    db::Store store = open_for_asking();
    RunningContainer running = get_running(store, options.container);
    refuse_paused(running.container);
    container::JoinRequest request;
    request.init = static_cast<pid_t>(running.container.pid);
    request.spec = run::read_spec(store.layout(), running.container);
    request.pidfd = visible_process(running, request.spec).pidfd;
    const db::ContainerDirectory directory(store.layout().container(running.container.id));
    const bool is_machine = request.spec.machine_room.has_value();
    container::Process& process = request.spec.process;
    if (is_machine) process = run::guest_process(directory);
    process.args = options.command;
    process.terminal = options.terminal;
    if (!options.workdir.empty()) process.cwd = options.workdir;
    request.user = options.user;
    request.has_input = options.input;
    add_environment(options, request);
    if (is_machine)
        process =
            run::process_for_guest(process, std::exchange(request.user, ""), request.sets_home);
    request.filter = container::compile_filter_of(request.spec);
    return request;
}

}  // namespace

int execute(const ExecOptions& options, const StopSignals&) {
    check_options(options);
    try {
        container::become_sealed_copy();
        auto command = container::JoinedCommand::start(make_request(options));
        return command.wait();
    } catch (const UsageError&) {
        throw;
    } catch (const container::CommandError& error) {
        write_log_line("error", error.what());
        if (!error.hint().empty()) write_log_line("hint", error.hint());
        return error.exit_code();
    } catch (const Error& error) {
        // As minc: 1 may be the command's own status.
        write_log_line("error", error.what());
        if (!error.hint().empty()) write_log_line("hint", error.hint());
        return kFailed;
    }
}

}  // namespace mincs::marten
