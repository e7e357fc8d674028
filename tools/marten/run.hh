// marten as a function: everything but main, so that tests can call it.
#pragma once

namespace mincs::marten {

/// Parses the command line and runs the command. Returns the exit status: 0, or 128+N where signal
/// N stopped the work cleanly. Throws UsageError and Error.
int run(int argc, const char* const* argv);

}  // namespace mincs::marten
