// What tells the run in the packed root from the run in the whole one, by their look-ups. The rules
// by which names are left out of the comparison are written down in docs/trace.md; they are here
// and nowhere else.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/polecat/trace.hh"

namespace mincs::polecat {

struct Difference {
    enum class Kind {
        kLost,        ///< the first run found it, the second one looked in vain
        kAppeared,    ///< the other way round
        kOnlyFirst,   ///< the second run did not ask for it
        kOnlySecond,  ///< the first run did not
    };
    Kind kind;
    std::string path;

    bool operator==(const Difference&) const = default;
    auto operator<=>(const Difference&) const = default;
    /// For people.
    std::string text() const;
};

/// What is to be known of a path to compare it.
struct Judge {
    std::function<bool(const std::string& path)> exists_in_root;
    /// Left out of the bundle on purpose.
    std::function<bool(const std::string& path)> is_left_out;
};

/// Sorted. `first` is from the whole root, `second` from the packed one. A run that was stopped saw
/// as much as it had time for: then only what is lost counts.
std::vector<Difference> differences(const TracedRun& first, const TracedRun& second,
                                    const Judge& judge);

}  // namespace mincs::polecat
