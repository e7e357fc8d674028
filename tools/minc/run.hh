// minc's one action: make the container ready, boot it, wait, say what stays.
#pragma once

#include "tools/minc/options.hh"

namespace mincs::minc {

/// The command's exit status (docs/architecture.md). Throws where minc itself fails.
int run_container(const Options& options);

}  // namespace mincs::minc
