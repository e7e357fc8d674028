// What is told of a command that cannot be started.
#pragma once

#include <functional>
#include <optional>

#include "libvm/frame.hh"

namespace mincs::guest {

/// Runs `body`. What it throws as a frame for the host (kFailed), with the status that is usual for
/// that (run_tool, base/tool.hh); none where all went well.
std::optional<vm::Frame> failure_of(const std::function<void()>& body);

}  // namespace mincs::guest
