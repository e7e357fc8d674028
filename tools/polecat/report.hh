// The report (--report FILE): for every file who asked for it and why it is in, what was left out,
// and how the proof went. For people, grep and cut.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/polecat/collector.hh"
#include "tools/polecat/proof.hh"

namespace mincs::polecat {

/// "PATH<tab>BYTES<tab>WHY" for each file; "PATH<tab>left out|missing library|not there<tab>WHY"
/// for what is not in; lines that begin with '#' tell of the runs and the proof.
std::string make_report(const std::vector<TracedRun>& runs, const Files& files,
                        const Closure& closure, const std::optional<Proof>& proof);

}  // namespace mincs::polecat
