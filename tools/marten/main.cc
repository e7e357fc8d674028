// marten: keeps images and containers. The command line becomes Options (options.cc), one of the
// commands runs (one file each), and its status is ours.
#include "libcore/base/tool.hh"
#include "tools/marten/run.hh"

int main(int argc, char** argv) {
    return mincs::run_tool("marten", {.failed = 1, .usage = 2},
                           [&] { return mincs::marten::run(argc, argv); });
}
