// One run of a command in a container with a tracer watching: by seccomp notifications, or by
// ptrace where those cannot be had.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "libcore/container/boot.hh"
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

/// How to watch.
enum class TraceBy {
    kBest,    ///< notifications, else ptrace
    kNotify,  ///< $POLECAT_TRACER=notify
    kPtrace,  ///< $POLECAT_TRACER=ptrace
};

/// What $POLECAT_TRACER says. Throws UsageError for another word.
TraceBy trace_by_environment();

struct RunOptions {
    TraceBy by = TraceBy::kBest;
    std::optional<std::chrono::milliseconds> timeout;
    std::span<const sock_filter> filter;  ///< as StartOptions
    std::optional<container::StandardStreams> streams;
    std::function<void(std::string_view)> on_typed;
    std::function<void(pid_t)> started;  ///< the run's process is there; threads may start now
    /// Before a second attempt by ptrace: what the first one left is to go.
    std::function<void()> again;
};

/// Runs `spec` to its end, or stops it after the timeout. Throws CommandError where the command
/// cannot be started.
TracedRun run_traced(const container::ContainerSpec& spec, const RunOptions& options);

}  // namespace mincs::polecat
