// See hooks.hh.
#include "librun/hooks.hh"

#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "libcore/container/owner_keeper.hh"
#include "libcore/fs/owner_note.hh"
#include "librun/environment.hh"
#include "librun/host_command.hh"

namespace mincs::run {
namespace {

std::string state_json(const Plan& plan, const char* status, pid_t pid) {
    Json state = {{"ociVersion", "1.0.2"},
                  {"id", plan.id()},
                  {"status", status},
                  {"bundle", plan.directory().base.native()}};
    if (pid > 0) state["pid"] = pid;
    return dump_json(state) + "\n";
}

void run_hook(const char* kind, const std::string& command, std::string state,
              std::vector<std::string> env) {
    debug("running the {} hook", kind);
    run_host_command({.what = fmt::format("the {} hook '{}'", kind, printable(command)),
                      .arguments = {"-c", command},
                      .input = std::move(state),
                      .env = std::move(env)});
}

void run_start_hook(const Plan& plan, pid_t pid) {
    std::vector<std::string> env = host_environment(plan, pid);
    const auto& room = plan.spec().machine_room;
    set_variable(env, fmt::format("MINCS_ROOT=/proc/{}/root{}", pid, room ? room->root_at : ""));
    run_hook("start", plan.spec().hooks.start, state_json(plan, "created", pid), std::move(env));
}

/// A command with rules of its own may not be able to hand out a listener, and one without any may
/// want a listener itself (minc in minc), of which there can be one.
bool wants_keeper(const container::ContainerSpec& spec) {
    return fs::notes_owners() && spec.linux.seccomp && !spec.linux.seccomp_profile;
}

container::RunningContainer start_with_keeper(const container::ContainerSpec& spec,
                                              container::StartOptions options, int messages) {
    if (!wants_keeper(spec)) return container::RunningContainer::start(spec, options);
    Fd listener;
    options.notify_filter = container::chown_filter();
    options.listener = &listener;
    options.asks_about_exec = false;
    auto running = container::RunningContainer::start(spec, options);
    Fd told(messages == -1 ? -1 : fcntl(messages, F_DUPFD_CLOEXEC, 3));
    running.accompany(container::keep_owners(std::move(listener), std::move(told)));
    return running;
}

}  // namespace

container::RunningContainer start_with_hooks(Plan& plan, container::StartOptions options,
                                             int messages) {
    options.network = plan.joined_network();
    options.lifeline = plan.lifeline();
    options.foreign = plan.start_emulation();
    NetworkGuard* network = plan.start_network();
    const bool has_hook = !plan.spec().hooks.start.empty();
    Fd made;
    if (network && plan.has_user_network()) {
        made = UserNetwork::make_network_namespace();
        options.network = made.get();
        network->connect(Fd(fcntl(made.get(), F_DUPFD_CLOEXEC, 0)));
    } else if (network) {
        options.cloned = [&](pid_t pid) { network->connect(pid); };
    }
    bool has_run = false;
    const bool is_waited_for = options.before_command || network || has_hook;
    if (is_waited_for)
        options.before_command = [&, first = std::move(options.before_command)](pid_t pid) {
            if (first) first(pid);
            if (network) network->wait_until_ready();
            if (has_hook) run_start_hook(plan, pid);
            has_run = has_hook;
        };
    try {
        return start_with_keeper(plan.spec(), std::move(options), messages);
    } catch (const container::CommandError& error) {
        if (has_run) run_stop_hook(plan, error.exit_code());
        throw;
    } catch (const Error&) {
        if (has_run) run_stop_hook(plan, 125);
        throw;
    }
}

void run_stop_hook(const Plan& plan, int exit_status) {
    if (plan.spec().hooks.stop.empty()) return;
    std::vector<std::string> env = host_environment(plan);
    set_variable(env, fmt::format("MINCS_STATUS={}", exit_status));
    try {
        run_hook("stop", plan.spec().hooks.stop, state_json(plan, "stopped", 0), std::move(env));
    } catch (const Error& error) {
        warning("{}, ignoring", error.what());
    }
}

}  // namespace mincs::run
