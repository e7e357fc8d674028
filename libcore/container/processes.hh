// The processes of a container as the host sees them: those of its pid namespace and of those below
// it. Host side.
#pragma once

#include <sys/types.h>

#include <vector>

namespace mincs::container {

/// Of the container whose pid 1 is `init`, which comes first; none where it has ended.
std::vector<pid_t> processes_of(pid_t init);

}  // namespace mincs::container
