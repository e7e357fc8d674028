// The commands, one file each: pull.cc, li.cc and so on. Results go to stdout, all else to stderr;
// each throws Error where it fails.
#pragma once

#include "tools/marten/options.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

void execute(const PullOptions& options, const StopSignals& stop);
void execute(const PushOptions& options, const StopSignals& stop);
void execute(const CopyOptions& options, const StopSignals& stop);
void execute(const ListTags& options, const StopSignals& stop);
void execute(const RemoteInspect& options, const StopSignals& stop);
void execute(const LoginOptions& options, const StopSignals& stop);
void execute(const LogoutOptions& options, const StopSignals& stop);
void execute(const ImportOptions& options, const StopSignals& stop);
void execute(const SaveOptions& options, const StopSignals& stop);
void execute(const ExportOptions& options, const StopSignals& stop);
void execute(const CpOptions& options, const StopSignals& stop);
void execute(const SnapshotOptions& options, const StopSignals& stop);
void execute(const ListImages& options, const StopSignals& stop);
void execute(const InspectOptions& options, const StopSignals& stop);
void execute(const HistoryOptions& options, const StopSignals& stop);
void execute(const DiffOptions& options, const StopSignals& stop);
void execute(const ApplyOptions& options, const StopSignals& stop);
void execute(const CommitOptions& options, const StopSignals& stop);
void execute(const TagOptions& options, const StopSignals& stop);
void execute(const UntagOptions& options, const StopSignals& stop);
void execute(const RemoveImages& options, const StopSignals& stop);
void execute(const MountOptions& options, const StopSignals& stop);
void execute(const UnmountOptions& options, const StopSignals& stop);
void execute(const ListContainers& options, const StopSignals& stop);
void execute(const RemoveContainers& options, const StopSignals& stop);
void execute(const RenameOptions& options, const StopSignals& stop);
void execute(const GcOptions& options, const StopSignals& stop);
void execute(const DfOptions& options, const StopSignals& stop);
void execute(const VerifyOptions& options, const StopSignals& stop);
/// The command's own exit status, as minc's.
int execute(const ExecOptions& options, const StopSignals& stop);
void execute(const LogsOptions& options, const StopSignals& stop);
void execute(const StopOptions& options, const StopSignals& stop);
void execute(const KillOptions& options, const StopSignals& stop);
void execute(const WaitOptions& options, const StopSignals& stop);
void execute(const StartOptions& options, const StopSignals& stop);
void execute(const RestartOptions& options, const StopSignals& stop);
void execute(const PauseOptions& options, const StopSignals& stop);
void execute(const UnpauseOptions& options, const StopSignals& stop);
/// The command's own exit status where it ended.
int execute(const AttachOptions& options, const StopSignals& stop);
void execute(const TopOptions& options, const StopSignals& stop);
void execute(const StatsOptions& options, const StopSignals& stop);
void execute(const PortOptions& options, const StopSignals& stop);
void execute(const NetworkCreate& options, const StopSignals& stop);
void execute(const NetworkList& options, const StopSignals& stop);
void execute(const NetworkRemove& options, const StopSignals& stop);
void execute(const NetworkInspect& options, const StopSignals& stop);

}  // namespace mincs::marten
