// The outermost frame of the three tools: runs the body, turns exceptions into the one error line,
// the hint and the exit status that docs/architecture.md promises.
#pragma once

#include <functional>

namespace mincs {

/// What a failure of the tool itself exits with.
struct FailureStatus {
    int failed = 1;
    int usage = 2;
};

/// `tool` is the name in front of messages (a literal). Returns the body's status or the failure's.
int run_tool(const char* tool, FailureStatus failure, const std::function<int()>& body);

}  // namespace mincs
