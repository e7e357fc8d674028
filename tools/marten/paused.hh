// Containers that stand still, for the commands that must know.
#pragma once

#include "db/containers.hh"
#include "libcore/container/freezer.hh"

namespace mincs::marten {

/// Whether it is paused, also where this machine has no freezer.
bool is_paused(const db::Container& container);
/// Throws Error where it cannot be paused here.
container::Freezer freezer_of(const db::Container& container);

/// Error where it is paused.
void refuse_paused(const db::Container& container);

/// Lets it go on, where it is paused: what is frozen takes no signal and does not die.
void thaw(const db::Container& container);

/// The control groups that a killed supervisor of a container that does not run left.
void remove_left_groups(const db::Container& container);

}  // namespace mincs::marten
