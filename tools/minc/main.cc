// minc: runs a command in a container. The pipeline: the command line becomes Options (options.cc),
// Options become a plan (librun), the plan's spec boots (libcore/container), and the command's
// status is ours.
#include <malloc.h>

#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libcore/container/command_error.hh"
#include "tools/minc/doctor.hh"
#include "tools/minc/run.hh"

/// It lives for milliseconds: the heap grows in few steps and never shrinks.
constexpr int kHeapStep = 1 << 20;

int main(int argc, char** argv) {
    using namespace mincs;
    mallopt(M_TOP_PAD, kHeapStep);
    return run_tool("minc", {.failed = 125, .usage = 2}, [&] {
        if (minc::is_doctor(argc, argv)) return minc::run_doctor(argc, argv);
        const auto options = minc::parse_options(argc, argv);
        if (!options) return 0;
        if (options->debug) set_log("minc", LogLevel::kDebug);
        try {
            return minc::run_container(*options);
        } catch (const container::CommandError& error) {
            write_log_line("error", error.what());
            if (!error.hint().empty()) write_log_line("hint", error.hint());
            return error.exit_code();
        }
    });
}
