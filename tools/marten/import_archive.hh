// The part of `marten import` that takes archives and layouts; import.cc asks first whether it is
// one.
#pragma once

#include "tools/marten/options.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// Anything but a directory that is a root: a file, stdin, an OCI layout, "oci:…" and the like.
bool is_archive(const ImportOptions& options);
/// Records each image and prints its ID.
void import_archive(const ImportOptions& options, const StopSignals& stop);

}  // namespace mincs::marten
