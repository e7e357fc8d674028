// The small static program inside every bundle: finds the bundle, mounts its image in place, boots
// it as a container and gives the command's exit status. Needs nothing of the host but the kernel.
//
// Two ways lead here. A bundle of format elf *is* this program with the rest behind it: the bundle
// is /proc/self/exe, and all arguments are the application's. A bundle of format sh has copied this
// program out and says where it lies itself (header.sh); the copy is removed first thing.
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libcore/container/boot.hh"
#include "tools/polecat/format.hh"
#include "tools/polecat/runner/container.hh"
#include "tools/polecat/runner/image_mount.hh"
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

Start read_arguments(int argc, char** argv) {
    const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
    const std::filesystem::path program = own_executable();
    if (args.size() < 2 || args[0] != kCopiedFrom || !is_copy(program))
        return {"/proc/self/exe", args};
    remove_copy(program);
    return {args[1], {args.begin() + 2, args.end()}};
}

Caller look_around(std::vector<std::string> args) {
    Caller caller;
    caller.args = std::move(args);
    for (char** variable = environ; *variable; ++variable)
        caller.environment.emplace_back(*variable);
    caller.working_directory = shown_working_directory().value_or("");
    // As docker -t: a terminal of its own where the caller sits at one with both ends.
    caller.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return caller;
}

std::vector<std::string> needed_paths(const Metadata& metadata, const Caller& caller) {
    std::vector<std::string> needed = {"/etc", "/dev", "/proc", "/sys"};
    if (!caller.working_directory.empty()) needed.push_back(caller.working_directory);
    for (const BundleBind& bind : metadata.binds) needed.push_back(bind.source);
    return needed;
}

int run(int argc, char** argv) {
    const Start start = read_arguments(argc, argv);
    const Fd bundle(check(open(start.bundle.c_str(), O_RDONLY | O_CLOEXEC),
                          "opening the bundle '{}'", printable(start.bundle)));
    const Trailer trailer = read_trailer(bundle.get(), start.bundle);
    const Metadata metadata =
        decode_metadata(read_part(bundle.get(), trailer.metadata, "metadata"));
    if (geteuid() != 0)
        throw Error("running '{}': only root may mount the bundle's image",
                    printable(metadata.name))
            .with_hint("run it with sudo");
    const Caller caller = look_around(start.args);
    const std::string image =
        mount_image(bundle.get(), trailer.image, needed_paths(metadata, caller));
    return container::RunningContainer::start(make_spec(metadata, caller, image)).wait();
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
