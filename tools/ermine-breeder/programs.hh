// Which programs of the host a task needs, and which Debian packages have them: asked before the
// task begins, so that nobody waits ten minutes to learn that bison is missing.
#pragma once

#include <string>
#include <vector>

namespace mincs::breeder {

struct HostPart {
    const char* name;     ///< a program, looked up in PATH, or a header: "gelf.h"
    const char* package;  ///< that has it
};

/// Throws Error naming all that are missing, with the packages to install as its hint.
void need(const std::vector<HostPart>& parts);

}  // namespace mincs::breeder
