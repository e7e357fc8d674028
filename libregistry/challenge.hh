// WWW-Authenticate: which proof of identity a server asks for (RFC 7235, sections 2.1 and 4.1).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::registry {

struct Challenge {
    std::string scheme;                             ///< lower case: "bearer", "basic"
    std::map<std::string, std::string> parameters;  ///< names in lower case; quotes undone
    std::string token68;  ///< "Negotiate YII…=": what stands there instead

    /// The parameter's value; empty where it is missing.
    std::string get(const std::string& name) const;
};

/// All challenges of one header value, in order. What cannot be understood ends the list: a
/// server's mistake is no reason to fail before its other challenges are tried.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace mincs::registry
