// How a bundle is to run: what was said when it was made, changed by the caller's environment
// (POLECAT_…). Variables and, but for one, no options, as the words behind a bundle's name are the
// application's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/polecat/format.hh"

namespace mincs::polecat {

struct Wishes {
    std::optional<int> rung;        ///< POLECAT_RUNG, 1 to 4; absent: the best that works
    std::vector<BundleBind> binds;  ///< the bundle's, then POLECAT_BIND's
    std::string cwd;                ///< where it starts if the caller's directory is not shown
    bool shows_cwd = true;
    bool shows_home = false;
    bool no_network = false;
    bool x11 = false;
    bool wayland = false;
};

/// `environment` is "NAME=value". Throws UsageError naming the variable.
Wishes wishes_of(const Metadata& metadata, const std::vector<std::string>& environment);

/// Takes "--rung N" or "--rung=N" away from the front of the caller's words and returns N; nothing
/// where it does not stand there, or where the environment has POLECAT_RUNG, with which an
/// application gets an option of that name itself. Throws UsageError for another N than 1 to 4.
std::optional<int> take_rung(std::vector<std::string>& args,
                             const std::vector<std::string>& environment);

/// The value of a variable; empty where there is none.
std::string variable(const std::vector<std::string>& environment, std::string_view name);

}  // namespace mincs::polecat
