// The ContainerSpec of a container's last run, which stands in its directory as spec.json.
#pragma once

#include "db/containers.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

/// Throws Error where it never ran, and where the command matters and was not kept exactly.
container::ContainerSpec read_spec(const db::Layout& layout, const db::Container& container,
                                   bool command_matters = true);

}  // namespace mincs::run
