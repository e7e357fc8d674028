// A seccomp program made smaller. The kernel translates and compiles a filter anew for every
// process that installs it, half a microsecond an instruction: of libseccomp's program for the
// built-in list that was a tenth of a container's start.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace mincs::container {

/// A program with the same verdict on everything, which decides by ranges of numbers: neighbours
/// that are treated alike cost one comparison together, and what looks at arguments follows only
/// where a call needs it. One with an instruction that libseccomp does not write comes back as it
/// was.
std::vector<sock_filter> as_range_tree(const std::vector<sock_filter>& program);

}  // namespace mincs::container
