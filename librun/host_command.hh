// A command of the host beside a container: a hook, a tracing script. Run by the host's /bin/sh as
// whoever runs minc; nothing of the container is in it but what it is told. Host side.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "librun/plan.hh"

namespace mincs::run {

struct HostCommand {
    std::string what;                    ///< in errors: "the start hook 'x'"
    std::vector<std::string> arguments;  ///< behind "sh"
    std::string input;                   ///< what it can read from stdin; at most 64 KiB
    std::vector<std::string> env;
    int directory = -1;  ///< where it runs; -1: "/"
};

/// The caller's environment with MINCS_ID and MINCS_NAME, and MINCS_PID where there is one.
std::vector<std::string> host_environment(const Plan& plan, pid_t pid = 0);

/// Waits for its end; throws Error where its status is not 0. Its stdout is our stderr, as ours is
/// the container's command's.
void run_host_command(const HostCommand& command);

}  // namespace mincs::run
