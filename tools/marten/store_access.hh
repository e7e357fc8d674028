// How marten opens the store: read-only commands fast, writing ones with full durability and a
// sweep. Whoever touches files of layers and containers does so as root of a user namespace where
// the caller is not root.
#pragma once

#include "db/store.hh"

namespace mincs::marten {

/// For what the database alone knows, and for running containers, whose own user namespace only the
/// plain user may join.
db::Store open_for_asking();
/// For reading layers, too.
db::Store open_for_reading();
/// Full durability; reclaims first what killed processes left.
db::Store open_for_writing();
/// db::sweep, telling --debug what it found.
void sweep_and_tell(db::Store& store);

}  // namespace mincs::marten
