// Questions to the person at the terminal.
#pragma once

#include <string>
#include <string_view>

#include "tools/marten/stop.hh"

namespace mincs::marten {

enum class Echo { kOn, kOff };

/// Writes `question` to stderr and reads a line from the terminal on stdin, without showing it for
/// Echo::kOff. Throws Error at the end of the input and when the work is to stop; the terminal is
/// as before then.
std::string ask(std::string_view question, Echo echo, const StopSignals& stop);

}  // namespace mincs::marten
