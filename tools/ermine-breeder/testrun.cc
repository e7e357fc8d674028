// `ermine-breeder testrun`: boots a guest without a container. Its maintenance shell is told to
// multiply two numbers; the product can only come from a shell that runs in there.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/base/programs.hh"
#include "libermine/kit.hh"
#include "libvm/um.hh"
#include "tools/ermine-breeder/commands.hh"
#include "tools/ermine-breeder/job.hh"
#include "tools/ermine-breeder/machine.hh"
#include "tools/ermine-breeder/programs.hh"

namespace mincs::breeder {
namespace {

/// busybox's shell says so when it begins to listen. A serial line that somebody talks to before
/// its driver is there may stay deaf for ever (PL011).
constexpr const char* kListening = "built-in shell";
/// Asked again and again, as some of it may be lost; hence the line's end before it, too.
constexpr const char* kQuestion = "\necho ermine-$((6 * 7))-is-up\n";
constexpr const char* kAnswer = "ermine-42-is-up";
constexpr std::size_t kLinesShown = 10;

ermine::Kit chosen_kit(const Options& options) {
    if (options.kind.empty()) return ermine::require_kit(options.arch);
    if (auto kit = ermine::find_kit(options.arch, options.kind)) return *kit;
    throw Error("there is no guest in '{}'",
                ermine::kit_directory(options.arch, options.kind).string())
        .with_hint(
            fmt::format("make one: ermine-breeder {} --arch {}", options.kind, options.arch));
}

/// What is typed goes to the guest's shell, until that is left.
void run_shell(const std::vector<std::string>& command) {
    Child child = Child::clone(0, [&] {
        execvp(command[0].c_str(), to_c_array(command).data());
        return 127;
    });
    // ^C is for the machine.
    signal(SIGINT, SIG_IGN);
    const int status = exit_code_of(child.wait());
    if (status != 0) throw Error("'{}' ended with status {}", command.front(), status);
}

/// Boots it until it answers; throws where it does not. The machine is ended then.
void wait_until_up(const Options& options, const ermine::Kit& kit,
                   const std::vector<std::string>& command) {
    bool listens = false, up = false;
    std::string hint;
    Job job{.argv = command, .timeout = options.timeout};
    job.input = [&] { return listens ? kQuestion : ""; };
    job.on_line = [&](std::string_view line) {
        debug("guest: {}", printable(line));
        listens = listens || line.find(kListening) != std::string_view::npos;
        up = up || line.find(kAnswer) != std::string_view::npos;
        if (const std::string why = vm::um_explanation(line); !why.empty()) hint = why;
    };
    job.on_tick = [&] { return up; };
    JobResult result = run_job(job);
    if (up) return;
    std::vector<std::string>& last = result.last_lines;
    if (last.size() > kLinesShown) last.erase(last.begin(), last.end() - kLinesShown);
    const std::string how =
        result.timed_out ? fmt::format("does not come up within {} s", options.timeout.count())
                         : fmt::format("ended with status {} before it was up", result.status);
    throw DetailedError(Error("the guest {}-{} {}", kit.arch, kit.kind, how).with_hint(hint),
                        std::move(last));
}

}  // namespace

int testrun(const Options& options) {
    const ermine::Kit kit = chosen_kit(options);
    // User-mode Linux leaves sockets and the like behind.
    const TempDir run_directory;
    const auto command = machine_command(kit, run_directory.path());
    if (const std::string package = machine_package(kit.arch); !package.empty())
        need({{command.front().c_str(), package.c_str()}});
    if (options.shell) {
        run_shell(command);
        return 0;
    }
    const auto begin = std::chrono::steady_clock::now();
    wait_until_up(options, kit, command);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::puts(
        fmt::format("{}-{} {} is up after {:.1f} s", kit.arch, kit.kind, kit.version, took.count())
            .c_str());
    return 0;
}

}  // namespace mincs::breeder
