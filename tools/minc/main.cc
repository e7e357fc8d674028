// minc: runs a command in a container. The pipeline: the command line becomes Options (options.cc),
// Options become a plan (librun), the plan's spec boots (libcore/container), and the command's
// status is ours.
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "libcore/base/log.hh"
#include "libcore/base/tool.hh"
#include "libcore/container/command_error.hh"
#include "tools/minc/doctor.hh"
#include "tools/minc/run.hh"

namespace {

/// It lives for milliseconds: the heap grows in few steps and never shrinks, and what every run
/// takes of it is mapped at once (Linux 5.14) instead of by a page fault for each page.
void prepare_heap() {
    constexpr int kStep = 1 << 20;
    constexpr std::uintptr_t kPage = 4096, kAlwaysUsed = 68 << 10;
    mallopt(M_TOP_PAD, kStep);
    void* const first = std::malloc(kPage);  // behind what is in use
    const auto begin = reinterpret_cast<std::uintptr_t>(first) & ~(kPage - 1);
    const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0));
    std::free(first);
    if (end > begin)
        madvise(reinterpret_cast<void*>(begin), std::min(end - begin, kAlwaysUsed),
                MADV_POPULATE_WRITE);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace mincs;
    prepare_heap();
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
