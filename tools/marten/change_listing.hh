// How changes of a tree are listed: by diff, which looks for them, and by apply, which makes them
// on the host. A line a change; A, C and D as docker has them.
#pragma once

#include <string>
#include <vector>

#include "libcore/layer/changes.hh"
#include "tools/marten/listing.hh"

namespace mincs::marten {

/// `is_long`: with mode, owner, group and size. Throws as Listing does.
Listing change_listing(const std::string& format, bool is_long);

std::vector<Cell> row_of(const layer::Change& change);

}  // namespace mincs::marten
