// See run.hh.
#include "tools/marten/run.hh"

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"

namespace mincs::marten {

int run(int argc, const char* const* argv) {
    const auto options = parse_options(argc, argv);
    if (!options) return 0;
    if (options->debug) set_log("marten", LogLevel::kDebug);
    const StopSignals stop;
    try {
        std::visit([&](const auto& command) { execute(command, stop); }, options->command);
        return 0;
    } catch (const Error& error) {
        // The signal is the reason; what it made fail first is a detail.
        if (stop.signal() == 0) throw;
        debug("{}", error.what());
        write_log_line("", fmt::format("stopped by {}: nothing was recorded", stop.name()));
        return 128 + stop.signal();
    }
}

}  // namespace mincs::marten
