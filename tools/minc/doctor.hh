// minc doctor: what of this machine containers can use, and what to do about the rest.
#pragma once

namespace mincs::minc {

/// Whether this is the command line `minc doctor …`. (A program of that name: `minc -- doctor`.)
bool is_doctor(int argc, const char* const* argv);
/// Prints the table. The exit status: 0 where minc can run containers, else 1. Throws UsageError.
int run_doctor(int argc, const char* const* argv);

}  // namespace mincs::minc
