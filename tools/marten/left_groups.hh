// Control groups and tracing instances that outlived their containers: those of a supervisor that
// was killed.
#pragma once

#include "db/store.hh"

namespace mincs::marten {

/// Removes those of this store's containers that do not run. Before a sweep, which takes away the
/// directory by which such a group is known as ours. Where there is none, a look into the
/// hierarchies and the tracing directory is all it costs.
void remove_left_groups(const db::Store& store);

}  // namespace mincs::marten
