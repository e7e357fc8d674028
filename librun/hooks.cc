// See hooks.hh.
#include "librun/hooks.hh"

#include <signal.h>
#include <unistd.h>

#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "librun/environment.hh"

extern char** environ;

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

std::vector<std::string> hook_environment(const Plan& plan) {
    std::vector<std::string> env;
    for (char** variable = environ; *variable; ++variable) env.emplace_back(*variable);
    set_variable(env, "MINCS_ID=" + plan.id());
    set_variable(env, "MINCS_NAME=" + plan.name());
    return env;
}

/// In the new process: our stdout is the command's, so a hook's goes where its stderr goes.
[[noreturn]] void become_hook(const std::string& command, int state,
                              const std::vector<std::string>& env) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const bool is_ready = dup2(state, STDIN_FILENO) != -1 &&
                          dup2(STDERR_FILENO, STDOUT_FILENO) != -1 && chdir("/") == 0;
    if (!is_ready) _exit(125);
    std::vector<const char*> argv = {"sh", "-c", command.c_str(), nullptr}, envp;
    for (const std::string& variable : env) envp.push_back(variable.c_str());
    envp.push_back(nullptr);
    close_descriptors_but({});
    execve("/bin/sh", const_cast<char**>(argv.data()), const_cast<char**>(envp.data()));
    _exit(127);
}

void run_hook(const char* kind, const std::string& command, const std::string& state,
              const std::vector<std::string>& env) {
    debug("running the {} hook", kind);
    // Written before anybody reads it: it is less than a pipe holds (pipe(7)), and a hook that does
    // not read it is fine.
    Pipe pipe = Pipe::make();
    write_all(pipe.write_end.get(), state, "the state for a hook");
    pipe.write_end.reset();
    Child hook = Child::clone(0, [&]() -> int { become_hook(command, pipe.read_end.get(), env); });
    const int status = exit_code_of(hook.wait());
    if (status != 0)
        throw Error("the {} hook '{}' ended with status {}", kind, printable(command), status);
}

void run_start_hook(const Plan& plan, pid_t pid) {
    std::vector<std::string> env = hook_environment(plan);
    set_variable(env, fmt::format("MINCS_PID={}", pid));
    set_variable(env, fmt::format("MINCS_ROOT=/proc/{}/root", pid));
    run_hook("start", plan.spec().hooks.start, state_json(plan, "created", pid), env);
}

}  // namespace

container::RunningContainer start_with_hooks(const Plan& plan, container::StartOptions options) {
    if (plan.spec().hooks.start.empty())
        return container::RunningContainer::start(plan.spec(), options);
    bool has_run = false;
    options.before_command = [&](pid_t pid) {
        run_start_hook(plan, pid);
        has_run = true;
    };
    try {
        return container::RunningContainer::start(plan.spec(), options);
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
    std::vector<std::string> env = hook_environment(plan);
    set_variable(env, fmt::format("MINCS_STATUS={}", exit_status));
    try {
        run_hook("stop", plan.spec().hooks.stop, state_json(plan, "stopped", 0), env);
    } catch (const Error& error) {
        warning("{}, ignoring", error.what());
    }
}

}  // namespace mincs::run
