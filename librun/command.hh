// What is run and as whom: the request, the image's wishes and the defaults, laid over each other
// as docker does it (image-spec config.md: Entrypoint, Cmd, Env, User, WorkingDir).
#pragma once

#include "libcore/container/spec.hh"
#include "librun/plan.hh"
#include "librun/root_source.hh"

namespace mincs::run {

/// Entrypoint and command; never empty.
std::vector<std::string> command_line(const Request& request, const RootSource& root);

/// The whole process part of the spec. `upper` is the reused container's own storage, which may
/// have another passwd than its image; empty: none.
container::Process make_process(const Request& request, const RootSource& root,
                                const std::string& upper);

/// "DIR[:OPTION,...]" as an empty file system in memory, with docker's options and defaults
/// (tmpfs(5)). Throws UsageError.
container::Mount parse_tmpfs(const std::string& text);

/// "HOST:DIR[:ro]" as a bind mount. Throws UsageError; the host's side must exist.
container::Mount parse_bind(const std::string& text);

}  // namespace mincs::run
