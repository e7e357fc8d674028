// From a bundle's metadata to the container it runs in.
#pragma once

#include <string>
#include <vector>

#include "libcore/container/spec.hh"
#include "tools/polecat/format.hh"

namespace mincs::polecat {

/// What of the runner's surroundings goes into the container.
struct Caller {
    std::vector<std::string> args;         ///< appended to the recorded command line
    std::vector<std::string> environment;  ///< "NAME=value"
    std::string working_directory;         ///< to be shown; empty: none
    bool terminal = false;
};

/// The recorded environment, then of the caller's: TERM, COLORTERM, NO_COLOR, LANG, LANGUAGE, LC_*,
/// TZ and the proxies' names. These tell about the machine it runs on now.
std::vector<std::string> merged_environment(const std::vector<std::string>& recorded,
                                            const std::vector<std::string>& callers);

/// `image` is the directory where the bundle's image is mounted.
container::ContainerSpec make_spec(const Metadata& metadata, const Caller& caller,
                                   const std::string& image);

}  // namespace mincs::polecat
