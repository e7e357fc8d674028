// See host_command.hh.
#include "librun/host_command.hh"

#include <signal.h>
#include <unistd.h>

#include "libcore/base/error.hh"
#include "libcore/base/fd.hh"
#include "libcore/base/files.hh"
#include "libcore/base/process.hh"
#include "libcore/base/programs.hh"
#include "libcore/container/own_program.hh"
#include "librun/environment.hh"

extern char** environ;

namespace mincs::run {
namespace {

/// In the new process.
[[noreturn]] void become(const HostCommand& command, int input) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const bool is_ready = dup2(input, STDIN_FILENO) != -1 &&
                          dup2(STDERR_FILENO, STDOUT_FILENO) != -1 &&
                          (command.directory == -1 ? chdir("/") : fchdir(command.directory)) == 0;
    if (!is_ready) _exit(125);
    std::vector<std::string> words = {"sh"};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    close_descriptors_but({});
    execve("/bin/sh", to_c_array(words).data(), to_c_array(command.env).data());
    _exit(127);
}

}  // namespace

std::vector<std::string> host_environment(const Plan& plan, pid_t pid) {
    std::vector<std::string> env;
    for (char** variable = environ; *variable; ++variable)
        if (!std::string_view(*variable).starts_with(container::kOwnProgramVariable))
            env.emplace_back(*variable);
    set_variable(env, "MINCS_ID=" + plan.id());
    set_variable(env, "MINCS_NAME=" + plan.name());
    if (pid > 0) set_variable(env, fmt::format("MINCS_PID={}", pid));
    return env;
}

void run_host_command(const HostCommand& command) {
    // Written before anybody reads it: it is less than a pipe holds (pipe(7)), and a command that
    // does not read it is fine.
    Pipe pipe = Pipe::make();
    write_all(pipe.write_end.get(), command.input, "the input of " + command.what);
    pipe.write_end.reset();
    Child child = Child::clone(0, [&]() -> int { become(command, pipe.read_end.get()); });
    const int status = exit_code_of(child.wait());
    if (status != 0) throw Error("{} ended with status {}", command.what, status);
}

}  // namespace mincs::run
