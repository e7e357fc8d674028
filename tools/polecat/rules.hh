// The rules of rules.txt: what a bundle gets beyond what the trace and the closure found, and what
// it must not get.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/polecat/closure.hh"

namespace mincs::polecat {

struct Rule {
    std::string name;
    std::vector<std::string> when;
    std::vector<std::string> take;
    std::vector<std::string> whole;   ///< a file of it takes all of its directory along
    std::vector<std::string> beside;  ///< a file X.y of it takes the directory X along
    std::vector<std::string> except;  ///< which this rule does not take
};

/// What `whole` and `beside` take of one directory at most: a larger one is no package, but a
/// collection, of which the bundle gets what was used.
inline constexpr std::size_t kMaxNeighbours = 5000;
inline constexpr std::int64_t kMaxNeighbourBytes = 64 << 20;

struct Rules {
    std::vector<Rule> rules;
    std::vector<std::string> secrets;

    /// Text in the form that rules.txt explains; throws Error naming the line.
    static Rules parse(std::string_view text);
    /// The ones that are built in.
    static Rules built_in();
};

/// Adds what the rules say, again and again until none applies any more. `environment` is the
/// traced command's.
void apply_rules(const Rules& rules, const fs::RootDir& root,
                 const std::map<std::string, std::string>& environment, Closure& closure);

/// The look of an access token that nobody would make up, somewhere in the text.
bool holds_token(std::string_view text);

/// Why the regular file at `path` looks like a secret; empty: it does not. By name and, for private
/// keys, by the first bytes.
std::string why_secret(const Rules& rules, const fs::RootDir& root, const std::string& path);

/// The modules that the text of an nsswitch.conf(5) names, sorted, each once.
std::vector<std::string> nss_modules(const std::string& nsswitch_conf);

}  // namespace mincs::polecat
