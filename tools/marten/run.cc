// See run.hh.
#include "tools/marten/run.hh"

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "tools/marten/commands.hh"

namespace mincs::marten {

namespace {

/// A command that succeeds is 0, but for one that hands another's status on.
template <typename Command>
int status_of(const Command& command, const StopSignals& stop) {
    if constexpr (std::is_void_v<decltype(execute(command, stop))>) {
        execute(command, stop);
        return 0;
    } else {
        return execute(command, stop);
    }
}

}  // namespace

int run(int argc, const char* const* argv) {
    const auto options = parse_options(argc, argv);
    if (!options) return 0;
    if (options->debug) set_log("marten", LogLevel::kDebug);
    const StopSignals stop;
    try {
        return std::visit([&](const auto& command) { return status_of(command, stop); },
                          options->command);
    } catch (const Error& error) {
        // The signal is the reason; what it made fail first is a detail.
        if (stop.signal() == 0) throw;
        debug("{}", error.what());
        write_log_line("", fmt::format("stopped by {}: nothing was recorded", stop.name()));
        return 128 + stop.signal();
    }
}

}  // namespace mincs::marten
