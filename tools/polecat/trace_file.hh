// A trace on disk, so that tracing and packing can be two steps: `polecat trace` writes it,
// `polecat pack --trace` reads it, and the ptrace tracer's process hands its result over in this
// form. The format is described in docs/trace.md. What is read may come from anybody and is
// checked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/polecat/trace.hh"

namespace mincs::polecat {

/// The newest version of the format, and the only one that is read.
inline constexpr int kTraceVersion = 1;
/// No trace file is larger.
inline constexpr std::size_t kMaxTraceFile = 1u << 30;

std::string encode_traces(const std::vector<TracedRun>& runs);

/// Throws Error, naming `what` and the line, for anything that encode_traces() does not write.
std::vector<TracedRun> decode_traces(std::string_view text, std::string_view what);

}  // namespace mincs::polecat
