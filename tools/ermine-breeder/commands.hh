// What ermine-breeder can be told to do, a file each. All print their result to stdout.
#pragma once

#include "tools/ermine-breeder/options.hh"

namespace mincs::breeder {

/// A guest with the distribution's kernel. Seconds.
int distro(const Options& options);
/// A guest with a kernel of our own. Minutes, the first time.
int build(const Options& options);
/// Removes guests, and what was begun.
int clean(const Options& options);
/// Boots a guest and looks whether it comes up; or a shell in it.
int testrun(const Options& options);
/// The options that our kernel is built with.
int print_config(const Options& options);

}  // namespace mincs::breeder
