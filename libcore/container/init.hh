// A pid 1 of ours before the command (minc --init): the kernel makes pid 1 the parent of all
// orphans in the container and shields it from signals it has no handler for (pid_namespaces(7)),
// which programs that were not written for that do not expect.
#pragma once

namespace mincs::container {

/// Container side, the last thing before the command is executed, confined as it will be. Forks:
/// returns in the child; the parent stays pid 1, reaps, hands on every signal it gets, and ends as
/// the child does, with 128+N for signal N. `terminal`: the child becomes the terminal's
/// foreground, so that keys reach it once.
void become_init(bool terminal);

}  // namespace mincs::container
