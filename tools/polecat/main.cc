// polecat: makes one file of an application. The command line becomes Options (options.cc);
// make_bundle.cc tells the rest.
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/base/tool.hh"
#include "tools/polecat/inspect.hh"
#include "tools/polecat/make_bundle.hh"

int main(int argc, char** argv) {
    using namespace mincs;
    return run_tool("polecat", {.failed = 1, .usage = 2}, [&] {
        if (argc > 1 && polecat::is_inspection(argv[1]))
            return polecat::inspect({argv + 1, argv + argc});
        const auto options = polecat::parse_options(argc, argv);
        if (!options) return 0;
        if (options->debug) set_log("polecat", LogLevel::kDebug);
        if (options->action == polecat::Action::kTrace) return polecat::make_trace(*options);
        return polecat::make_bundle(*options);
    });
}
