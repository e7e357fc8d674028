// From a bundle's metadata to the container it runs in.
#pragma once

#include <string>
#include <vector>

#include "libcore/container/spec.hh"
#include "tools/polecat/format.hh"
#include "tools/polecat/runner/wishes.hh"

namespace mincs::polecat {

/// What of the runner's surroundings goes into the container.
struct Caller {
    std::vector<std::string> args;         ///< appended to the recorded command line
    std::vector<std::string> environment;  ///< "NAME=value"
    std::string working_directory;         ///< that may be shown; empty: none
    std::string home;                      ///< the same
    bool terminal = false;
};

/// What the container stands on (rungs.hh).
struct Ground {
    std::string directory;     ///< where the image's root is
    bool is_writable = false;  ///< in memory of the container's own; else an overlay is needed
    bool is_rootless = false;  ///< in a user namespace
};

/// The recorded environment, then of the caller's: TERM, COLORTERM, NO_COLOR, LANG, LANGUAGE, LC_*,
/// TZ and the proxies' names. These tell about the machine it runs on now.
std::vector<std::string> merged_environment(const std::vector<std::string>& recorded,
                                            const std::vector<std::string>& callers);

/// Host paths that must stay visible until the container is there.
std::vector<std::string> needed_paths(const Wishes& wishes, const Caller& caller);

container::ContainerSpec make_spec(const Metadata& metadata, const Wishes& wishes,
                                   const Caller& caller, const Ground& ground);

}  // namespace mincs::polecat
