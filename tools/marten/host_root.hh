// The host's own root as the source of an image.
#pragma once

#include <string>
#include <vector>

#include "db/containers.hh"

namespace mincs::marten {

/// It was made from the host's own root.
bool is_of_the_host(const db::Container& container);
/// What of it does not belong into an image, as layer::PackOptions::exclude takes it: what the
/// kernel shows in /proc and /sys, what is there until the next boot, swap, and the store itself.
std::vector<std::string> not_of_the_host(const db::Store& store);

}  // namespace mincs::marten
