// What a container's lock file says about its last run. Whoever holds the lock writes: at the start
// the processes, at the end how the command ended. No row is needed for it, so a start and an end
// cost no transaction, and who waits for the lock reads the end from the very file he waited for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "db/layout.hh"

namespace mincs::db {

/// A process as it can be found again: its number as the host sees it, and when it started
/// (process_start_time()), as numbers are used again.
struct RecordedProcess {
    std::int64_t pid = 0;  ///< 0: none
    std::int64_t start_time = 0;
};

struct RunRecord {
    RecordedProcess init;            ///< the container's pid 1
    RecordedProcess supervisor;      ///< the minc that watches it; forwards signals to it
    std::int64_t started_at = 0;     ///< seconds since the epoch
    std::optional<int> exit_status;  ///< none while it runs, and where the supervisor was killed
    std::int64_t finished_at = 0;
};

/// "PID START SUPERVISOR START STARTED_AT\n" and, once it has ended, "exited STATUS FINISHED_AT\n".
std::string to_text(const RunRecord& record);
/// Nothing where the text is no such record: the container never ran.
std::optional<RunRecord> parse_run_record(std::string_view text);

/// Of the container in this directory.
std::optional<RunRecord> read_run_record(const ContainerDirectory& directory);
/// This process supervises `init` from now on. For the holder of the lock.
void record_start(const ContainerDirectory& directory, pid_t init);
/// The command has ended with this exit code. For the holder of the lock.
void record_end(const ContainerDirectory& directory, int exit_status);

}  // namespace mincs::db
