// When a server wants to be asked again: Retry-After (RFC 9110, section 10.2.3) and what registries
// write in its place, and the quota headers of Docker Hub and those who copy them
// (draft-ietf-httpapi-ratelimit-headers).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libregistry/http.hh"

namespace mincs::registry {

/// Never less than was asked for, a year at most.
using Wait = std::chrono::milliseconds;

/// "120", "2m3s", "880µs", "1.5 hours", or a date in any of HTTP's three forms; nothing for
/// anything else.
std::optional<Wait> parse_retry_after(std::string_view value);

/// What a refusal says about it in any of the headers for it, else in its words ("toomanyrequests:
/// retry-after: 880µs, allowed: 44000/minute").
std::optional<Wait> wanted_wait(const HttpHeaders& headers, std::string_view words);

/// "the quota of 100 in 6 hours is used up" where the headers say so; else empty.
std::string exhausted_quota(const HttpHeaders& headers);

/// "15 minutes, until 14:05" (local time, the date where it is another day).
std::string describe_wait(Wait wait);

}  // namespace mincs::registry
