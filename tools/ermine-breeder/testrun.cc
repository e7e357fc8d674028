// `ermine-breeder testrun`: boots a guest without a container. Its maintenance shell is told to
// multiply two numbers; the product can only come from a shell that runs in there.
#include <unistd.h>

#include <cstdio>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libermine/kit.hh"
#include "tools/ermine-breeder/commands.hh"
#include "tools/ermine-breeder/job.hh"
#include "tools/ermine-breeder/machine.hh"
#include "tools/ermine-breeder/programs.hh"

namespace mincs::breeder {
namespace {

constexpr const char* kQuestion = "echo ermine-$((6 * 7))-is-up\n";
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

/// In place of us: what is typed goes to the guest's shell, until it is left.
[[noreturn]] void become_shell(const std::vector<std::string>& command) {
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    throw SysError(errno, "running '{}'", command.front());
}

/// Whether the answer came in time. The machine is ended as soon as it did.
bool comes_up(const Options& options, const std::vector<std::string>& command,
              std::vector<std::string>& last_lines) {
    bool up = false;
    Job job{.argv = command, .input = kQuestion, .timeout = options.timeout};
    job.on_line = [&](std::string_view line) {
        debug("guest: {}", printable(line));
        up = up || line.find(kAnswer) != std::string_view::npos;
    };
    job.on_tick = [&] { return up; };
    last_lines = run_job(job).last_lines;
    if (last_lines.size() > kLinesShown)
        last_lines.erase(last_lines.begin(), last_lines.end() - kLinesShown);
    return up;
}

}  // namespace

int testrun(const Options& options) {
    const ermine::Kit kit = chosen_kit(options);
    // User-mode Linux leaves sockets and the like behind.
    const TempDir run_directory;
    const auto command = machine_command(kit, run_directory.path());
    if (const std::string package = machine_package(kit.arch); !package.empty())
        need({{command.front().c_str(), package.c_str()}});
    if (options.shell) become_shell(command);
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::string> last_lines;
    if (!comes_up(options, command, last_lines))
        throw DetailedError(Error("the guest {}-{} does not come up within {} seconds", kit.arch,
                                  kit.kind, options.timeout.count()),
                            std::move(last_lines));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::puts(
        fmt::format("{}-{} {} is up after {:.1f} s", kit.arch, kit.kind, kit.version, took.count())
            .c_str());
    return 0;
}

}  // namespace mincs::breeder
