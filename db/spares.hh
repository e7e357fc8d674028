// Directories for containers so brief that they never get a row: a few are kept and taken in turn,
// as on most file systems making and removing a directory is the dearest part of a short start.
// spares/N has the parts of a container's directory (ContainerDirectory), with the storage only
// while somebody has its lock: a container gets a new one, so that nothing of an earlier one's can
// reach it, not even through a file that somebody still has open.
#pragma once

#include <optional>

#include "db/layout.hh"
#include "libcore/base/files.hh"

namespace mincs::db {

struct Spare {
    ContainerDirectory directory;
    FileLock lock;
};

/// One with an empty storage and work directory, ours while we hold its lock; none where all are in
/// use, or left by somebody who was killed (a sweep takes those). Under the birth lock.
std::optional<Spare> take_spare(const Layout& layout);

/// Empties one that take_spare() gave, whose overlay is no more and whose lock the caller holds.
/// Directories that are empty already are put aside only: on a file system that is mounted with
/// "discard", removing one waits for the disk (0.16 ms each, a sixth of a short start together).
void give_back_spare(const ContainerDirectory& directory);

/// Removes what give_back_spare() put aside; the caller holds the lock, and has time: while its
/// command runs.
void tidy_spare(const ContainerDirectory& directory);

}  // namespace mincs::db
