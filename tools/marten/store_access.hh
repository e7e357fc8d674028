// How marten opens the store: read-only commands fast, writing ones with full durability and a
// sweep.
#pragma once

#include "db/store.hh"

namespace mincs::marten {

db::Store open_for_reading();
/// Full durability; reclaims first what killed processes left.
db::Store open_for_writing();
/// db::sweep, telling --debug what it found.
void sweep_and_tell(db::Store& store);

}  // namespace mincs::marten
