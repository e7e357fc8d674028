// minc: runs a command in a container. The pipeline: the command line becomes Options (options.cc),
// Options become a plan (librun), the plan's spec boots (libcore/container), and the command's
// status is ours.
#include <fcntl.h>
#include <unistd.h>

#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libcore/container/command_error.hh"
#include "tools/minc/run.hh"

namespace {

/// A caller may have closed one of the three. Whatever we open next would get its number and so
/// reach the command as its stdin; so the place is taken until the exec.
void occupy_standard_descriptors() {
    int fd;
    do {
        fd = open("/dev/null", O_PATH | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace mincs;
    occupy_standard_descriptors();
    // Status 2 belongs to the command, so wrong use is 125 here as well.
    return run_tool("minc", {.failed = 125, .usage = 125}, [&] {
        const auto options = minc::parse_options(argc, argv);
        if (!options) return 0;
        if (options->debug) set_log("minc", LogLevel::kDebug);
        try {
            return minc::run_container(*options);
        } catch (const container::CommandError& error) {
            write_log_line("error", error.what());
            return error.exit_code();
        }
    });
}
