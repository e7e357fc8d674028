// The small static program inside every bundle: finds the bundle, gets at its files (rungs.hh),
// boots it as a container and gives the command's exit status. Needs nothing of the host but the
// kernel.
//
// Two ways lead here. A bundle of format elf *is* this program with the rest behind it: the bundle
// is /proc/self/exe, and all arguments are the application's. A bundle of format sh has copied this
// program out and says where it lies itself (header.sh); the copy is removed first thing.
#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libcore/container/boot.hh"
#include "tools/polecat/runner/cached.hh"
#include "tools/polecat/runner/container.hh"
#include "tools/polecat/runner/rungs.hh"
#include "tools/polecat/working_directory.hh"

namespace mincs::polecat {
namespace {

constexpr std::string_view kCopiedFrom = "--polecat-copied-from";
constexpr std::string_view kCopyDirectory = "polecat-run.";

struct Start {
    std::string bundle;  ///< path
    std::vector<std::string> args;
};

/// Whether this program was copied out of a bundle by header.sh.
bool is_copy(const std::filesystem::path& program) {
    return program.parent_path().filename().native().starts_with(kCopyDirectory);
}

void remove_copy(const std::filesystem::path& program) {
    unlink(program.c_str());
    rmdir(program.parent_path().c_str());
}

/// This program's file, where there is no /proc: the path that execve(2) was given (getauxval(3)).
std::string own_file() {
    if (access("/proc/self/exe", F_OK) == 0) return "/proc/self/exe";
    const unsigned long given = getauxval(AT_EXECFN);
    return given ? reinterpret_cast<const char*>(given) : "/proc/self/exe";
}

Start read_arguments(int argc, char** argv) {
    const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
    if (args.size() >= 2 && args[0] == kCopiedFrom) {
        const bool has_proc = access("/proc/self/exe", F_OK) == 0;
        const std::filesystem::path program = has_proc ? own_executable().native() : own_file();
        if (is_copy(program)) {
            remove_copy(program);
            return {args[1], {args.begin() + 2, args.end()}};
        }
    }
    return {own_file(), args};
}

Bundle open_bundle(const std::string& path) {
    Bundle bundle;
    bundle.path = path;
    bundle.file = Fd(check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening the bundle '{}'",
                           printable(path)));
    bundle.trailer = read_trailer(bundle.file.get(), path);
    bundle.metadata =
        decode_metadata(read_part(bundle.file.get(), bundle.trailer.metadata, "metadata"));
    return bundle;
}

Caller look_around(std::vector<std::string> args) {
    Caller caller;
    caller.args = std::move(args);
    for (char** variable = environ; *variable; ++variable)
        caller.environment.emplace_back(*variable);
    caller.working_directory = shown_working_directory().value_or("");
    const std::string home = variable(caller.environment, "HOME");
    if (may_show(home) && access(home.c_str(), F_OK) == 0) caller.home = home;
    // As docker -t: a terminal of its own where the caller sits at one with both ends.
    caller.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return caller;
}

int run(int argc, char** argv) {
    const Start start = read_arguments(argc, argv);
    const Bundle bundle = open_bundle(start.bundle);
    Caller caller = look_around(start.args);
    Wishes wishes = wishes_of(bundle.metadata, caller.environment);
    if (const auto rung = take_rung(caller.args, caller.environment)) wishes.rung = rung;
    if (wishes.rung == kCachedRung) run_from_cache(bundle, caller);
    Footing footing = find_footing(bundle, wishes, needed_paths(wishes, caller));
    container::StartOptions options;
    options.lifeline = footing.server.process.pidfd();
    return container::RunningContainer::start(
               make_spec(bundle.metadata, wishes, caller, footing.ground), options)
        .wait([&] { footing.warm_up = {}; });  // what is still unread the command reads by itself
}

}  // namespace
}  // namespace mincs::polecat

int main(int argc, char** argv) {
    const char* wanted = std::getenv("POLECAT_DEBUG");
    // What goes wrong before the command runs: 125, as minc, docker and podman have it.
    return mincs::run_tool("polecat", {.failed = 125, .usage = 125}, [&] {
        if (wanted && *wanted) mincs::set_log("polecat", mincs::LogLevel::kDebug);
        try {
            return mincs::polecat::run(argc, argv);
        } catch (const mincs::container::CommandError& error) {
            mincs::write_log_line("error", error.what());
            return error.exit_code();
        }
    });
}
