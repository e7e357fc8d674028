// minc --ftrace: the command under the kernel's tracing (MINCS's minc-hunt). A script of the
// caller's says what is traced; it runs in a tracing instance of the container's own, whose filters
// are set to the container's processes already, before the command begins. Host side.
#pragma once

#include <sys/types.h>

#include <string>

#include "libcore/base/fd.hh"
#include "libcore/container/trace_instance.hh"
#include "librun/plan.hh"

namespace mincs::run {

class Ftrace {
 public:
    /// `output` empty: a file "minc-ftrace-ID.txt" in the working directory. Throws Error where
    /// the script cannot be read, the file not be made, or the kernel not trace.
    Ftrace(const Plan& plan, const std::string& script, const std::string& output);

    /// Runs the script; throws Error where it fails. For StartOptions::before_command.
    void begin(pid_t pid) const;
    /// The command has ended: writes the trace into the file and says so.
    void end() const;

 private:
    const Plan& plan_;
    std::string script_;
    std::string path_;
    Fd output_;
    container::TraceInstance instance_;
};

}  // namespace mincs::run
