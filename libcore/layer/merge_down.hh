// Puts a container's upper directory onto the tree below it, which somebody may be using.
//
// Everything new is first made in a private directory of that tree (0700, so nobody can swap what
// is in it) and synced; what fails until then, a full disk above all, leaves the tree as it was.
// Then each name is renamed into place or, where a directory is involved, exchanged: at any moment
// it is the old thing or the new one. Removals come last. A merge that was killed is planned and
// done again, and finds of its own work that it is as it should be.
#pragma once

#include "libcore/layer/merge_plan.hh"

namespace mincs::layer {

/// Does what `plan_merge` found with the same trees and options, whatever its obstacles: they are
/// for the caller to heed. Throws SysError or Error naming the path; also where something was
/// changed since the plan, before anything is touched.
void merge_down(const MergePlan& plan, const fs::RootDir& upper, const fs::RootDir& lower,
                const MergeOptions& options);

}  // namespace mincs::layer
