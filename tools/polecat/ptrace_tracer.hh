// Watches a command by seccomp's SECCOMP_RET_TRACE and ptrace(2): slower than notify_tracer, but it
// can be had where the kernel refuses a listener, and it leaves the one listener a family of
// processes may have to the command itself (bwrap, podman and minc want it). The same filter stops
// the same calls; a process of its own reads them, as the one who traces must also be the one who
// waits for what it traces.
#pragma once

#include <string>

#include "libcore/base/process.hh"
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

class PtraceTracer {
 public:
    /// Starts the tracing process. No threads may run.
    PtraceTracer();

    /// Takes `pid` and all its descendants over, while it waits for leave to go on
    /// (StartOptions::before_command). Throws Error where that is refused.
    void attach(pid_t pid);

    /// Once the command has ended: kills what is left of it, and returns what was seen.
    Trace finish();

 private:
    Fd socket_;
    Fd result_;  // a memfd with a trace file
    Child child_;
};

}  // namespace mincs::polecat
