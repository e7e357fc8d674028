// The commands, one file each: pull.cc, li.cc and so on. Results go to stdout, all else to stderr;
// each throws Error where it fails.
#pragma once

#include "tools/marten/options.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

void execute(const PullOptions& options, const StopSignals& stop);
void execute(const ListImages& options, const StopSignals& stop);
void execute(const ListContainers& options, const StopSignals& stop);
void execute(const RemoveContainers& options, const StopSignals& stop);
void execute(const RemoveImages& options, const StopSignals& stop);
void execute(const ImportOptions& options, const StopSignals& stop);
void execute(const TagOptions& options, const StopSignals& stop);

}  // namespace mincs::marten
